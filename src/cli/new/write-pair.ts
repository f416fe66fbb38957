import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';

/**
 * Writes a rule and its test, both or none, and over nothing that is there. The test goes first: a server that is running takes
 * up a rule at once.
 * @throws AppError conflict when one of the files is there; not_found when the folder cannot be written to
 */
export async function writePair(dir: string, files: readonly (readonly [name: string, text: string])[]): Promise<void> {
  const written: string[] = [];
  for (const [name, text] of files) {
    const path = join(dir, name);
    try {
      await writeFile(path, text, { flag: 'wx' });
      written.push(path);
    } catch (cause) {
      for (const one of written) await rm(one, { force: true });
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') {
        throw new AppError('conflict', `${name} is there already, and nothing was written`, {
          remedy: 'Give the rule another id: --id.',
          cause,
        });
      }
      // What was cut short may be there in part.
      await rm(path, { force: true });
      throw new AppError('not_found', `${path} cannot be written (${code})`, {
        remedy: 'Name a folder that exists and that this user may write to: --rules.',
        cause,
      });
    }
  }
}
