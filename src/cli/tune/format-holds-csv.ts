import type { Column } from '../../services/export/columns.ts';
import { csvHeader, csvRow } from '../../services/export/csv.ts';
import type { Hold } from '../../trial/tune/hold-times.ts';

const COLUMNS: readonly Column<Hold>[] = [
  ['startedAt', ({ startedAt }) => new Date(startedAt).toISOString()],
  ['untilAt', ({ untilAt }) => new Date(untilAt).toISOString()],
  ['lastedSeconds', ({ lastedMs }) => Math.round(lastedMs / 1000)],
  ['running', ({ running }) => running],
  ['approximate', ({ approximate }) => approximate],
  ['sessionId', ({ sessionId }) => sessionId],
  ['channelId', ({ channelId }) => channelId],
  ['assigneeId', ({ assigneeId }) => assigneeId],
  ['endedIn', ({ endedIn }) => endedIn],
];

/** Every hold as a row, for analysis elsewhere. Times are UTC. */
export function* formatHoldsCsv(holds: readonly Hold[]): Generator<string> {
  yield csvHeader(COLUMNS);
  for (const hold of holds) yield csvRow(COLUMNS, hold);
}
