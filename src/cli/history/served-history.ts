import { createApiClient } from '../call-api.ts';
import type { CliIo } from '../io.ts';
import { type Piece, toPieces } from './read-pieces.ts';

/**
 * What a server has stored, asked for by its API, in the form of a history. Its present may be another than ours, so without
 * an end the history says itself up to when it goes.
 * @param range epoch ms; `until` infinite where there is no end
 * @throws AppError when the server does not answer, or not with that
 */
export async function openServedHistory(
  url: string,
  range: { since: number; until: number },
  io: CliIo,
): Promise<AsyncGenerator<Piece>> {
  const api = await createApiClient(io, url);
  const query = new URLSearchParams({ since: new Date(range.since).toISOString() });
  if (Number.isFinite(range.until)) query.set('until', new Date(range.until).toISOString());
  return toPieces(await api.stream(`/export/history?${query}`));
}
