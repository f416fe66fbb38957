import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CliResult } from './call-cli.ts';

export const BIN = fileURLToPath(new URL('../../../src/cli/vigia.js', import.meta.url));

export interface RunningCli {
  child: ChildProcess;
  cwd: string;
  /** What it has written to stdout so far. */
  stdout(): string;
  /** Resolves when stdout holds the text; rejects with everything written when the process ends first. */
  says(text: string): Promise<void>;
  /** Resolves when the process has ended; -1 for one that a signal killed. */
  ended: Promise<CliResult>;
}

/** Starts the bin of the package as a process of its own, on this Node, with nothing of this process's environment but PATH. */
export function startCli(
  args: readonly string[],
  { env = {}, cwd, nodeArgs = [] }: { env?: Record<string, string | undefined>; cwd: string; nodeArgs?: string[] },
): RunningCli {
  const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      ended.then(() => reject(new Error(`it ended without saying "${text}":\n${stdout}\n${stderr}`)), reject);
      look();
    });
  return { child, cwd, stdout: () => stdout, says, ended };
}
