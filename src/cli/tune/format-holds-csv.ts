import type { Hold } from '../../trial/tune/hold-times.ts';

const COLUMNS = [
  'startedAt',
  'untilAt',
  'lastedSeconds',
  'running',
  'approximate',
  'sessionId',
  'channelId',
  'assigneeId',
  'endedIn',
];

/** Every hold as a row, for analysis elsewhere (RFC 4180). Times are UTC. */
export function* formatHoldsCsv(holds: readonly Hold[]): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for (const hold of holds) {
    const cells = [
      new Date(hold.startedAt).toISOString(),
      new Date(hold.untilAt).toISOString(),
      String(Math.round(hold.lastedMs / 1000)),
      String(hold.running),
      String(hold.approximate),
      hold.sessionId,
      hold.channelId ?? '',
      hold.assigneeId ?? '',
      hold.endedIn ?? '',
    ];
    yield `${cells.map(toCell).join(',')}\r\n`;
  }
}

/** A text that a spreadsheet would take for a formula is marked as a text. */
function toCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
