import type { CommandEntry } from '../../../src/cli/command-entry.ts';
import type { CliIo } from '../../../src/cli/io.ts';
import { runCli } from '../../../src/cli/run-cli.ts';

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CallOptions {
  /** Nothing of this process's own environment. */
  env?: Record<string, string | undefined>;
  /** A folder without .env, so that a developer's own does not leak into tests. */
  cwd: string;
  stdin?: string | readonly (string | Uint8Array)[];
  isTTY?: boolean;
  commands?: readonly CommandEntry[];
}

/** Runs a command line in this process, with streams that are read afterwards. */
export async function callCli(args: readonly string[], options: CallOptions): Promise<CliResult> {
  const { env = {}, cwd, stdin = [], isTTY = false, commands } = options;
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => {
    const decoder = new TextDecoder();
    return {
      isTTY,
      write(text: string | Uint8Array) {
        written[name] += typeof text === 'string' ? text : decoder.decode(text, { stream: true });
      },
    };
  };
  const io: CliIo = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: Object.assign(toInput(typeof stdin === 'string' ? [stdin] : stdin), { isTTY }),
    env,
    cwd,
    exitCode: 0,
  };
  return { code: await runCli(args, io, commands), ...written };
}

async function* toInput(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks;
}
