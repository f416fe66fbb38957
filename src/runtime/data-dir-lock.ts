import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/hash.ts';

/**
 * One process per data folder. The lock is a socket on which its holder listens: the system takes it away with the
 * process, also after kill -9, and it cannot be mistaken for another process of the same pid (containers start with the
 * same pids). The folder itself holds the address of the server that has it, for the CLI.
 */
export interface DataDirLock {
  release(): Promise<void>;
}

const SERVER_FILE = 'server.json';

/**
 * Where a folder's holder listens; goes by the folder itself and not by its path, which another container may have for
 * another folder. Linux and Windows have names for sockets that are no files and end with their process. Elsewhere it
 * is a file, in the temporary folder since a path of a socket must be short; a killed process leaves it behind.
 */
export async function socketPathOf(dataDir: string, platform: NodeJS.Platform = process.platform): Promise<string> {
  const { dev, ino } = await stat(dataDir, { bigint: true });
  const name = `vigia-${sha256Hex(`${dev} ${ino}`).slice(0, 24)}`;
  if (platform === 'linux') return `\0${name}`;
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/**
 * Locks the folder, which is made if there is none.
 * @throws AppError data_dir_locked when another process holds the folder
 */
export async function lockDataDir(dataDir: string, platform: NodeJS.Platform = process.platform): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true });
  const path = await socketPathOf(dataDir, platform);
  const isFile = platform !== 'linux' && platform !== 'win32';
  const server = (await listen(path)) ?? (isFile ? await takeOver(path) : undefined);
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

/**
 * A socket file on which nobody answers was left by a process that was killed. (Two that take it over within the same
 * millisecond could both get it, which is why no file is used where there is a choice.)
 */
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
  try {
    if (!(await answers(await socketPathOf(dataDir)))) return undefined;
    const announced: unknown = JSON.parse(await readFile(join(dataDir, SERVER_FILE), 'utf8'));
    const url = (announced as { url?: unknown } | null)?.url;
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
