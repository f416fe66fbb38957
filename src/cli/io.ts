/**
 * What a command may touch of the process it runs in. It is passed in, so that a test calls a command with streams and
 * an environment of its own and reads what it wrote.
 */
export interface CliStream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  /** Where `write` answers false when its reader is behind: to wait for that. */
  once?(event: 'drain', listener: () => void): unknown;
}

/** 0: fine. 1: it could not run. 2: it ran, and what it checked is not good. */
export type ExitCode = 0 | 1 | 2;

export interface CliIo {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Set by a command whose check failed; whatever it throws becomes 1. */
  exitCode: ExitCode;
}

/** Prints a result for a program: the one thing on stdout under `--json`. */
export function writeJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
