import { open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppError } from '../domain/errors.ts';

/** Past this nothing is read: the loader refuses a file well below it, and says so. */
const READ_LIMIT_BYTES = 1_048_576;

/**
 * The files of a rules folder as the loader takes them: name within the folder (with `/`) → text. JSON files of folders
 * within it are named too, with an empty text, so that the loader can say that they are not loaded.
 * @throws AppError not_found when there is no such folder
 */
export async function readRulesDir(dir: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await list(dir)) {
    if (!entry.isFile() && !entry.isSymbolicLink()) continue;
    const name = relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (name.split('/').some((part) => part.startsWith('.') || part === 'node_modules')) continue;
    if (!/\.(?:json|jsonc|json5)$/.test(name)) continue;
    files.set(name, name.includes('/') ? '' : await readText(join(dir, name)));
  }
  return files;
}

async function list(dir: string) {
  try {
    return await readdir(dir, { withFileTypes: true, recursive: true });
  } catch (cause) {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    throw new AppError('not_found', isFile ? `${dir} is no folder` : `there is no rules folder ${dir}`, {
      remedy: 'Give the path of the folder that has the *.rule.json files, or set RULES_DIR.',
      cause,
    });
  }
}

async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    const length = Math.min((await file.stat()).size, READ_LIMIT_BYTES);
    const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, 0);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
