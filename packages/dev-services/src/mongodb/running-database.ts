export interface RunningDatabase {
  readonly uri: string;
  readonly origin: 'MONGODB_URI' | 'mongod' | 'embedded';
  stop(): Promise<void>;
}
