import { readPieces } from '../backtest/read-pieces.ts';
import type { CliIo } from '../io.ts';

/** The lines of a file, plain or gzipped, one after the other. @throws AppError as readPieces does */
export async function* readLinesOf(path: string, io: CliIo): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const { bytes } of readPieces(path, io)) {
    const lines = decoder.decode(bytes).split('\n');
    // Behind the end of the last line there is nothing.
    if (lines.at(-1) === '') lines.pop();
    yield* lines;
  }
}
