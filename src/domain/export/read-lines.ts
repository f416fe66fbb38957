import { AppError } from '../errors.ts';

/** One line of a text file. */
export interface TextLine {
  /** Counted from 1. */
  number: number;
  text: string;
  /** Whether a line break ended it: the last line of a file that was cut off has none. */
  ended: boolean;
}

/**
 * The lines of a UTF-8 text, never more of it in memory than one line and a chunk. What begins with the magic bytes of
 * gzip is unpacked on the way. Empty lines and a byte order mark are left out.
 * @param name of the file, for faults
 * @throws AppError bad_request for a line that is too long, and for gzip that is broken
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { name, maxLength }: { name: string; maxLength: number },
): AsyncGenerator<TextLine, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 1;
  const check = (length: number) => {
    if (length > maxLength) {
      throw new AppError('bad_request', `${name}:${number}: this line is longer than ${maxLength} characters`, {
        remedy: 'Is this the right file? Export it anew.',
      });
    }
  };
  for await (const bytes of unpack(chunks, name)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      check(text.length);
      if (text.trim() !== '') yield { number, text, ended: true };
      number += 1;
    }
    check(rest.length);
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield { number, text: rest, ended: false };
}

async function* unpack(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head = await readHead(iterator);
  const all = rest(head, iterator);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all;
    return;
  }
  try {
    yield* through(all, new DecompressionStream('gzip'));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('bad_request', `${name}: the compressed file is cut off or damaged`, {
      remedy: 'Copy it again whole, or export it anew.',
      cause,
    });
  }
}

/** The first two bytes, and what came with them. */
async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = new Uint8Array();
  while (head.length < 2) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    const joined = new Uint8Array(head.length + value.length);
    joined.set(head);
    joined.set(value, head.length);
    head = joined;
  }
  return head;
}

async function* rest(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** What a transformation makes of the chunks, one after the other as they are asked for. */
export async function* through(
  chunks: AsyncIterable<Uint8Array>,
  { readable, writable }: { readable: ReadableStream<Uint8Array>; writable: WritableStream<BufferSource> },
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = writable.getWriter();
  const writing = (async () => {
    try {
      for await (const chunk of chunks) await writer.write(new Uint8Array(chunk));
      await writer.close();
    } catch (error) {
      await writer.abort(error);
    }
  })();
  const reader = readable.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
    await writing.catch(() => undefined);
  }
}
