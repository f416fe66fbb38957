import { access, constants, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';
import { writeWhole } from './export/write-whole.ts';
import type { CliIo } from './io.ts';

/** A file that a report is written to once the work is done. */
export interface ReportFile {
  /** Whole or not at all; what was there is replaced. @throws AppError not_found when it cannot be written after all */
  write(text: string): Promise<void>;
}

/**
 * Looks whether a report can be written before the work is begun, which may take minutes. Nothing is made yet.
 * @param what it is, for the error: `page`, `report`
 * @throws AppError not_found when it cannot be written
 */
export async function openReport(file: string, what: string, io: CliIo): Promise<ReportFile> {
  const given = resolve(io.cwd, file);
  const refuse = (why: string, cause: unknown) =>
    new AppError('not_found', `the ${what} cannot be written to ${given}: ${why}`, {
      remedy: 'Give a file in a folder that is there and can be written to.',
      cause,
    });
  const canBe = (path: string) => access(path, constants.W_OK);
  // What a link leads to is replaced, and not the link.
  const path = await realpath(given).catch(() => given);
  const folder = await stat(dirname(path)).catch((cause: unknown) => {
    throw refuse('there is no such folder', cause);
  });
  if (!folder.isDirectory()) throw refuse('what should be its folder is a file', undefined);
  const present = await stat(path).catch(() => undefined);
  if (present?.isDirectory() === true) throw refuse('it is a folder', undefined);
  await canBe(present === undefined ? dirname(path) : path).catch((cause: unknown) => {
    throw refuse('this user may not write there', cause);
  });
  // A pipe or a device is written to and never replaced, and so is a file whose folder takes no other.
  const beside =
    (present?.isFile() ?? true) &&
    (await canBe(dirname(path)).then(
      () => true,
      () => false,
    ));
  return {
    write: (text) =>
      beside
        ? writeWhole(path, [text], { force: true })
        : writeFile(path, text).catch((cause: unknown) => {
            throw refuse('it was not taken', cause);
          }),
  };
}
