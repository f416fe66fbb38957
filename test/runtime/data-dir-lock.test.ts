import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import {
  announceServer,
  type DataDirLock,
  findServer,
  lockDataDir,
  socketPathOf,
} from '../../src/runtime/data-dir-lock.ts';

const HOLDER = fileURLToPath(new URL('../support/hold-data-dir.ts', import.meta.url));

describe('the lock of a data folder', () => {
  let dir: string;
  let locks: DataDirLock[];
  let children: ChildProcess[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigia-lock-'));
    locks = [];
    children = [];
  });
  afterEach(async () => {
    for (const lock of locks) await lock.release();
    for (const child of children) await kill(child);
    await rm(dir, { recursive: true, force: true });
  });

  async function lock(): Promise<DataDirLock> {
    const held = await lockDataDir(dir);
    locks.push(held);
    return held;
  }

  async function release(held: DataDirLock): Promise<void> {
    locks = locks.filter((other) => other !== held);
    await held.release();
  }

  async function lockInAnotherProcess(platform: NodeJS.Platform = process.platform): Promise<ChildProcess> {
    const child = spawn(process.execPath, [HOLDER, dir, platform], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise<void>((held, ended) => {
      child.stdout?.once('data', () => held());
      child.once('exit', (code) => ended(new Error(`the holder ended with ${code}`)));
    });
    return child;
  }

  async function refusal(): Promise<AppError> {
    const error = await lock().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  }

  test('refuses a second holder in the same process, with what to do, and lets the next one in once released', async () => {
    const first = await lock();
    const error = await refusal();
    expect(error.code).toBe('data_dir_locked');
    expect(error.message).toContain(dir);
    expect(error.remedy).toContain('DATA_DIR');
    expect(error.remedy).toContain('DATABASE_URL');
    await release(first);
    await lock();
    expect((await refusal()).code).toBe('data_dir_locked');
  });

  test('goes by the folder and not by its path', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'vigia-lock-'));
    const link = join(parent, 'link');
    await symlink(dir, link);
    await lock();
    await expect(lockDataDir(link)).rejects.toThrow(AppError);
    const other = await lockDataDir(join(parent, 'not', 'there', 'yet'));
    await other.release();
    await rm(parent, { recursive: true });
  });

  test('is held against other processes and is free as soon as its holder was killed with -9', async () => {
    const child = await lockInAnotherProcess();
    expect((await refusal()).code).toBe('data_dir_locked');
    await kill(child);
    await lock();
    expect((await refusal()).code).toBe('data_dir_locked');
  });

  test('is had by one only of many who want it at once after its holder was killed', async () => {
    for (let round = 0; round < 3; round += 1) {
      await kill(await lockInAnotherProcess());
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const held of locks) await release(held);
    }
  });

  test('where sockets are files, one that a killed holder left is taken over, and one that is held is not', async () => {
    const path = await socketPathOf(dir, 'darwin');
    const child = await lockInAnotherProcess('darwin');
    await expect(lockDataDir(dir, 'darwin')).rejects.toThrow(AppError);
    await kill(child);
    expect(existsSync(path)).toBe(true);
    const held = await lockDataDir(dir, 'darwin');
    await expect(lockDataDir(dir, 'darwin')).rejects.toThrow(AppError);
    await held.release();
    expect(existsSync(path)).toBe(false);
  });

  test('leads the CLI to the server that holds the folder, while it does', async () => {
    const url = 'http://127.0.0.1:8787';
    expect(await findServer(dir)).toBeUndefined();
    const held = await lock();
    expect(await findServer(dir)).toBeUndefined();
    await announceServer(dir, url);
    expect(await findServer(dir)).toBe(url);
    await release(held);
    expect(await findServer(dir)).toBeUndefined();
  });

  test('leads nobody to a server that was killed, or by an announcement that cannot be read', async () => {
    const child = await lockInAnotherProcess();
    await announceServer(dir, 'http://127.0.0.1:8787');
    expect(await findServer(dir)).toBe('http://127.0.0.1:8787');
    await kill(child);
    expect(await findServer(dir)).toBeUndefined();
    await lock();
    await writeFile(join(dir, 'server.json'), '{"url": 1}');
    expect(await findServer(dir)).toBeUndefined();
    await writeFile(join(dir, 'server.json'), '{');
    expect(await findServer(dir)).toBeUndefined();
  });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
