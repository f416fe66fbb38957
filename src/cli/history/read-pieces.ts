import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../domain/errors.ts';
import { MAX_LINE_LENGTH } from '../../trial/day/read-line.ts';
import type { CliIo } from '../io.ts';

/** Text in pieces that end with a line, and how far in it they are. */
export interface Piece {
  bytes: Uint8Array;
  /** The part of the whole that has been read, 0 to 1; undefined where that cannot be known. */
  part: number | undefined;
}

/** Some hundred events: enough that handing them over costs nothing, few enough that progress is seen. */
const PIECE_BYTES = 262_144;
const NEWLINE = 0x0a;

/**
 * The lines of a file, of a gzipped one (whatever its name), or of stdin (`-`).
 * @throws AppError not_found when there is no such file; bad_request when a gzipped one is cut off
 */
export async function* readPieces(path: string, io: CliIo): AsyncGenerator<Piece> {
  if (path === '-') {
    yield* toPieces(await unzipped(toBytes(io.stdin), 'the input'));
    return;
  }
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not_found', `there is no file ${path}`, {
      remedy: 'Give a file of recorded events, one per line; docs/backtest.md tells how to export one.',
      cause,
    });
  });
  if (!info.isFile()) {
    throw new AppError('not_found', `${path} is no file`, { remedy: 'Give a file of recorded events, one per line.' });
  }
  const stream = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const part = () => (info.size === 0 ? undefined : stream.bytesRead / info.size);
  yield* toPieces(await unzipped(stream, path), part);
}

async function* toBytes(stdin: CliIo['stdin']): AsyncGenerator<Uint8Array> {
  for await (const chunk of stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** What begins as gzip does is unzipped. */
async function unzipped(bytes: AsyncIterable<Uint8Array>, name: string): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  const all = (async function* () {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
  })();
  const isZipped = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
  return isZipped ? gunzip(all, name) : all;
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: PIECE_BYTES });
  // What breaks also breaks the reading below, which tells it.
  const fed = pipeline(Readable.from(bytes), unzip).catch(() => undefined);
  try {
    for await (const chunk of unzip) yield chunk;
    await fed;
  } catch (cause) {
    throw new AppError('bad_request', `${name} cannot be unzipped: it is cut off or damaged`, {
      remedy: 'Copy or export it again.',
      cause,
    });
  }
}

/** @param part how much of the whole has been read, where that is known */
export async function* toPieces(
  chunks: AsyncIterable<Uint8Array>,
  part: () => number | undefined = () => undefined,
): AsyncGenerator<Piece> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield { bytes: join([...rest, chunk.subarray(0, end)]), part: part() };
      rest = [];
      restBytes = 0;
    }
    // Of a line that has no end, so much that it is seen to be too long.
    if (end < chunk.length && restBytes <= 4 * MAX_LINE_LENGTH) {
      rest.push(chunk.subarray(end));
      restBytes += chunk.length - end;
    }
  }
  if (restBytes > 0) yield { bytes: join(rest), part: part() };
}

/** A copy that nobody else holds: several threads read it at once. */
function join(parts: readonly Uint8Array[]): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(parts.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const part of parts) {
    shared.set(part, at);
    at += part.length;
  }
  return shared;
}
