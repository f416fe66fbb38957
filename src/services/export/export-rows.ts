import type { Db } from '../../store/database.ts';
import { streamDecisions } from '../../store/read/streams/decisions.ts';
import { streamEvents } from '../../store/read/streams/events.ts';
import type { TimeRange } from '../../store/read/streams/pages.ts';
import { streamSessions } from '../../store/read/streams/sessions.ts';
import { streamTransitions } from '../../store/read/streams/transitions.ts';
import {
  type Column,
  DECISION_COLUMNS,
  EVENT_COLUMNS,
  SESSION_COLUMNS,
  TRANSITION_COLUMNS,
  toObject,
} from './columns.ts';
import { csvHeader, csvRow } from './csv.ts';
import { exportHistory } from './export-history.ts';

export const EXPORTS = ['events', 'transitions', 'sessions', 'decisions', 'history'] as const;
export type ExportName = (typeof EXPORTS)[number];
export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  what: ExportName;
  /** Of a history: `ndjson` alone, since its lines are of several kinds. */
  format: ExportFormat;
  /** `until` is not in the future. */
  range: TimeRange;
  /** Epoch ms. */
  now: number;
}

/** What is stored between two instants as text, some whole rows after the other. */
export function exportRows(db: Db, orgId: string, { what, format, range, now }: ExportRequest): AsyncGenerator<string> {
  switch (what) {
    case 'events':
      return toChunks(streamEvents(db, orgId, range), EVENT_COLUMNS, format);
    case 'transitions':
      return toChunks(streamTransitions(db, orgId, range), TRANSITION_COLUMNS, format);
    case 'sessions':
      return toChunks(streamSessions(db, orgId, range), SESSION_COLUMNS, format);
    case 'decisions':
      return toChunks(streamDecisions(db, orgId, range), DECISION_COLUMNS, format);
    case 'history':
      return exportHistory(db, orgId, range, now);
  }
}

async function* toChunks<Row>(
  batches: AsyncIterable<Row[]>,
  columns: readonly Column<Row>[],
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvHeader(columns);
  const toText = (row: Row) =>
    format === 'csv' ? csvRow(columns, row) : `${JSON.stringify(toObject(columns, row))}\n`;
  for await (const batch of batches) yield batch.map(toText).join('');
}
