import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** The same as gzip, chunk by chunk. What fails before it fails here too. */
export async function* compress(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: false });
  const gzip = createGzip();
  source.on('error', (error) => gzip.destroy(error));
  yield* source.pipe(gzip);
}
