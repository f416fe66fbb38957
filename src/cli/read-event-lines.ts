import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import { MAX_LINE_LENGTH } from '../trial/day/read-line.ts';

/**
 * The lines of a file, one after the other and never the whole of it in memory: of one that is too long, so much that
 * this is seen.
 * @throws AppError not_found when there is no such file
 */
export async function* readEventLines(path: string): AsyncGenerator<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not_found', `there is no file ${path}`, {
      remedy: 'Give a file with one event per line (JSON Lines); docs/simulate.md shows its forms.',
      cause,
    });
  });
  if (!info.isFile()) {
    throw new AppError('not_found', `${path} is no file`, {
      remedy: 'Give a file with one event per line (JSON Lines).',
    });
  }
  let rest = '';
  let isFirst = true;
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    // What some editors put before a text to say that it is UTF-8.
    const text = isFirst ? String(chunk).replace(/^\uFEFF/, '') : String(chunk);
    isFirst = false;
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      yield rest + line;
      rest = '';
    }
    if (rest.length <= MAX_LINE_LENGTH) rest += last;
  }
  if (rest !== '') yield rest;
}
