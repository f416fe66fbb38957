import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files (path → text), removed when the test has ended. */
export async function makeFolder(files: Record<string, string> = {}): Promise<string> {
  const { folder, remove } = await makeSharedFolder(files);
  onTestFinished(remove);
  return folder;
}

/** The same for several tests: whoever makes it removes it. */
export async function makeSharedFolder(
  files: Record<string, string>,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vigia-cli-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
