/** Everything a command may know of the world around it. Filled in once, in main.ts. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Aborts on Ctrl-C and SIGTERM: a command then cleans up and ends. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Options of the commands that talk to a target. */
export interface TargetOptions extends CommonOptions {
  readonly target?: string;
  readonly armEndpoint?: string;
  readonly armCa?: string;
}
