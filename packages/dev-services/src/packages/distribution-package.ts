/** A program that a package of the distribution brings. */
export interface DistributionPackage {
  /** Of the package. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Of the program, below the root of the file system. */
  readonly program: string;
  /** Packages that belong to it and are needed too, even where they are installed. */
  readonly parts?: readonly string[];
}

/** A program of such a package that can be started here. */
export interface PackagedProgram {
  readonly command: string;
  /** What the program needs beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface PackageOptions {
  readonly cacheDir: string;
  /** Of the package, in the cache. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}
