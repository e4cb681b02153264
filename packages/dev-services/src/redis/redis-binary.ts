/** A redis-server that can be started on this machine. */
export interface RedisBinary {
  readonly command: string;
  /** What the program needs beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly origin: 'path' | 'package';
}

export interface FindRedisOptions {
  readonly cacheDir: string;
  /** Whether packages may be installed. */
  readonly root: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}
