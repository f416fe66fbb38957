import type { ExportFormat, ExportName } from '../../services/export/export-rows.ts';

/** What has gone by so far. */
export interface RowCount {
  /** Without the header of a CSV; of a history the events and decisions, which are known when its last line has gone by. */
  rows: number;
  /** Before compression. */
  bytes: number;
}

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
/** Longer than the last line of a history. */
const TAIL_BYTES = 200;

/** Passes the bytes on and counts the rows in them. */
export async function* countRows(
  chunks: AsyncIterable<Uint8Array>,
  { what, format }: { what: ExportName; format: ExportFormat },
  count: RowCount,
  counted: () => void,
): AsyncGenerator<Uint8Array> {
  let isQuoted = false;
  let tail: Uint8Array = new Uint8Array();
  if (format === 'csv') count.rows -= 1;
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    for (const byte of chunk) {
      // Within the quotes of CSV a line break is text; JSON has none within its texts.
      if (byte === QUOTE && format === 'csv') isQuoted = !isQuoted;
      else if (byte === LINE_FEED && !isQuoted) count.rows += 1;
    }
    tail = lastBytes(tail, chunk);
    counted();
    yield chunk;
  }
  if (what === 'history') count.rows = rowsOfHistory(new TextDecoder().decode(tail));
}

function lastBytes(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  const joined = new Uint8Array(before.length + Math.min(chunk.length, TAIL_BYTES));
  joined.set(before);
  joined.set(chunk.subarray(-TAIL_BYTES), before.length);
  return joined.slice(-TAIL_BYTES);
}

function rowsOfHistory(tail: string): number {
  const [, events = '0', decisions = '0'] = /"events":(\d+),"decisions":(\d+)\}\n$/.exec(tail) ?? [];
  return Number(events) + Number(decisions);
}
