import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/hash.ts';

/**
 * One process per data folder. The lock is a socket on which its holder listens: the system takes it away with the
 * process, also after kill -9, and it cannot be mistaken for another process of the same pid (containers start with the
 * same pids). The socket lies in the temporary folder, since a path of a socket must be short; the folder
 * itself holds the address of the server that has it, for the CLI.
 */
export interface DataDirLock {
  release(): Promise<void>;
}

const SERVER_FILE = 'server.json';

export function socketPathOf(dataDir: string): string {
  const name = `vigia-${sha256Hex(resolve(dataDir)).slice(0, 24)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** @throws AppError data_dir_locked when another process holds the folder */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const path = socketPathOf(dataDir);
  const server = (await listen(path)) ?? (await takeOver(path));
  if (server === undefined) {
    throw new AppError('data_dir_locked', `another process is using the data folder ${dataDir}`, {
      remedy:
        'Stop the other server, or give this one its own DATA_DIR. Several processes can share PostgreSQL: set DATABASE_URL.',
    });
  }
  server.unref();
  return {
    async release() {
      await rm(join(dataDir, SERVER_FILE), { force: true });
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.end());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(undefined) : fail(error),
    );
    server.listen(path, () => done(server));
  });
}

/** A socket file on which nobody answers was left by a process that was killed. */
async function takeOver(path: string): Promise<Server | undefined> {
  if (await answers(path)) return undefined;
  await rm(path, { force: true });
  return listen(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

/** Leaves the server's address in its data folder, where the CLI finds it. */
export async function announceServer(dataDir: string, url: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, SERVER_FILE), JSON.stringify({ url, pid: process.pid }));
}

/** Address of the server that holds a data folder, if one does. */
export async function findServer(dataDir: string): Promise<string | undefined> {
  if (!(await answers(socketPathOf(dataDir)))) return undefined;
  try {
    const announced: unknown = JSON.parse(await readFile(join(dataDir, SERVER_FILE), 'utf8'));
    const url = (announced as { url?: unknown } | null)?.url;
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
