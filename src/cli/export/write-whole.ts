import { rmSync } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../domain/errors.ts';

/**
 * Writes a file whole or not at all: beside its place first, then moved there. What is there already stays unless `force`
 * says otherwise.
 * @throws AppError conflict when there is one, not_found when it cannot be written
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array | string> | Iterable<string>,
  { force }: { force: boolean },
): Promise<void> {
  if (!force && (await exists(path))) throw isThere(path);
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const leave = () => {
    rmSync(beside, { force: true });
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    await write(beside, path, chunks);
    if (force) await rename(beside, path);
    else await place(beside, path);
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

async function write(
  beside: string,
  path: string,
  chunks: AsyncIterable<Uint8Array | string> | Iterable<string>,
): Promise<void> {
  const file = await mkdir(dirname(path), { recursive: true })
    .then(() => open(beside, 'w'))
    .catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk).catch((cause: unknown) => {
        throw cannotWrite(path, cause);
      });
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Not over what somebody else has put there meanwhile. */
async function place(beside: string, path: string): Promise<void> {
  try {
    await link(beside, path);
  } catch (cause) {
    if (await exists(path)) throw isThere(path);
    // Some file systems know no links.
    await rename(beside, path).catch(() => {
      throw cannotWrite(path, cause);
    });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isThere(path: string): AppError {
  return new AppError('conflict', `${path} is there already`, {
    remedy: 'Give another file, or replace it with --force.',
  });
}

function cannotWrite(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new AppError('not_found', `${path} cannot be written${code}`, {
    remedy: 'Is there room, and may this user write to that folder?',
    cause,
  });
}
