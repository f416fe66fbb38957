import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The real server as a process of its own: what can be killed with -9 and started again. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** Sends a signal and waits for the end of the process. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** What it wrote to standard error. */
  log(): string;
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** A port that is free now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Starts `vigia serve`, or another program that serves on PORT, and waits until it is ready. `nodeArgs` are Node's own,
 * such as `--inspect=0`.
 */
export async function startServer(
  env: Record<string, string>,
  nodeArgs: readonly string[] = [],
  program: readonly string[] = [MAIN, 'serve'],
): Promise<ServerProcess> {
  const port = env['PORT'] ?? String(await findFreePort());
  const child = spawn(process.execPath, [...nodeArgs, ...program], {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', ...env, PORT: port },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(child, url, () => log);
  return {
    url,
    pid: child.pid ?? 0,
    log: () => log,
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
    },
  };
}

async function untilReady(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${log()}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready within a minute: ${log()}`);
}
