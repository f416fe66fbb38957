import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { AppError } from '../domain/errors.ts';

/**
 * The environment with the `.env` of the working directory beneath it: what the process was given wins.
 * @throws AppError config_invalid when there is such a file and it cannot be read
 */
export function readEnv(
  processEnv: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Record<string, string | undefined> {
  const path = join(cwd, '.env');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...processEnv };
    throw new AppError('config_invalid', `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      remedy: 'Make it a file that this user may read, or remove it.',
      cause: error,
    });
  }
  return { ...parseEnv(text), ...processEnv };
}
