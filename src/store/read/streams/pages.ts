/** A stretch of time, epoch ms: from `since` on, before `until`. */
export interface TimeRange {
  since: number;
  until: number;
}

/**
 * The streams of this folder read what is stored between two instants, oldest first, in batches: each batch is one
 * short statement that starts behind the last row of the one before, served by an index. So memory is bounded by a
 * batch, no transaction stays open meanwhile, and the service goes on writing. With an `until` that is not in the future,
 * nothing that comes during the reading makes it longer; what was being written at the very moment of `until` may be
 * there or not.
 */
export interface StreamOptions {
  /** Rows of a batch at the most. */
  batchRows?: number;
}

export const BATCH_ROWS = 1_000;

/** @param read the next `limit` rows behind a row; the first ones when there is none */
export async function* readInBatches<Row>(
  read: (last: Row | undefined, limit: number) => Promise<Row[]>,
  { batchRows = BATCH_ROWS }: StreamOptions = {},
): AsyncGenerator<Row[], void, undefined> {
  let last: Row | undefined;
  while (true) {
    const rows = await read(last, batchRows);
    if (rows.length > 0) yield rows;
    if (rows.length < batchRows) return;
    last = rows.at(-1);
  }
}
