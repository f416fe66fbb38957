import type { Piece } from './read-pieces.ts';

/** The lines of pieces that end with a line, one after the other. */
export async function* readLinesOf(pieces: AsyncIterable<Piece>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const { bytes } of pieces) {
    const lines = decoder.decode(bytes).split('\n');
    // Behind the end of the last line there is nothing.
    if (lines.at(-1) === '') lines.pop();
    yield* lines;
  }
}
