import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';

/** Writes a report as a page. @throws AppError not_found when it cannot be written there */
export async function writePage(file: string, text: string, io: CliIo): Promise<void> {
  const path = resolve(io.cwd, file);
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AppError('not_found', `the page cannot be written to ${path}`, {
      remedy: 'Give a file in a folder that is there and can be written to.',
      cause,
    });
  }
}
