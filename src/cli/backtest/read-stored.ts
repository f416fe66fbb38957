import type { Db } from '../../store/database.ts';
import { streamDecisions } from '../../store/read/streams/decisions.ts';
import { streamEvents } from '../../store/read/streams/events.ts';
import { AFTER_END_MS } from '../../trial/backtest/read-lines.ts';
import type { Piece } from './read-pieces.ts';

/** Stored events, with the decisions about them where these are wanted, as lines in the order of their times. */
export interface StoredOptions {
  db: Db;
  orgId: string;
  /** Epoch ms, as below. */
  from: number;
  until: number;
  withDecisions: boolean;
}

const BATCH_ROWS = 2_000;

export async function* readStored({ db, orgId, from, until, withDecisions }: StoredOptions): AsyncGenerator<Piece> {
  const range = { since: from, until: until + AFTER_END_MS };
  const span = Math.max(1, until - from);
  const toPart = (at: number) => Math.min(1, Math.max(0, (at - from) / span));
  const events = createCursor(
    streamEvents(db, orgId, range, { batchRows: BATCH_ROWS }),
    ({ receivedAt }) => receivedAt,
  );
  const decisions = createCursor(
    withDecisions ? streamDecisions(db, orgId, range, { batchRows: BATCH_ROWS }) : none(),
    ({ decidedAt }) => decidedAt,
  );
  await Promise.all([events.fill(), decisions.fill()]);
  while (events.at() !== undefined || decisions.at() !== undefined) {
    // What both have: as far as the one reaches that ends first, the other is not asked again.
    const lines: string[] = [];
    let at = from;
    for (let n = 0; n < BATCH_ROWS; n += 1) {
      const [event, decision] = [events.at(), decisions.at()];
      if (event === undefined && decision === undefined) break;
      // At one moment the event goes first: it is what was decided about.
      const isEvent = event !== undefined && (decision === undefined || event <= decision);
      at = (isEvent ? event : decision) ?? at;
      lines.push(isEvent ? events.take() : decisions.take());
      if (isEvent ? events.isEmpty() : decisions.isEmpty()) break;
    }
    await Promise.all([events.fill(), decisions.fill()]);
    yield { bytes: toBytes(`${lines.join('\n')}\n`), part: toPart(at) };
  }
}

/** A stream of batches, row by row, of which only the present batch is in memory. */
function createCursor<Row>(batches: AsyncGenerator<Row[]>, timeOf: (row: Row) => number) {
  let rows: readonly Row[] = [];
  let next = 0;
  let isDone = false;
  return {
    /** Fetches the next batch when this one is used up. */
    async fill(): Promise<void> {
      if (isDone || next < rows.length) return;
      const batch = await batches.next();
      isDone = batch.done === true;
      rows = batch.done === true ? [] : batch.value;
      next = 0;
    },
    /** When the next row happened; undefined behind the last. */
    at(): number | undefined {
      const row = rows[next];
      return row === undefined ? undefined : timeOf(row);
    },
    isEmpty: () => next >= rows.length,
    take(): string {
      const row = rows[next];
      next += 1;
      return JSON.stringify(row);
    },
  };
}

async function* none(): AsyncGenerator<never[]> {}

function toBytes(text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const shared = new Uint8Array(new SharedArrayBuffer(encoded.length));
  shared.set(encoded);
  return shared;
}
