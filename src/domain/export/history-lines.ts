/**
 * The lines of a history: what `vigia export history` writes and backtests read elsewhere. One JSON object each, whose
 * `kind` says what it is; the first says what the file is, the last how much it holds, so that a file that was cut off
 * is known. Times are ISO 8601 in UTC. Further kinds and fields may come with later versions: readers pass over what they
 * do not know.
 */
export const HISTORY_VERSION = 1;

export type HistoryLine =
  | {
      kind: 'vigia.history';
      version: typeof HISTORY_VERSION;
      /** The organisation in Zoho Desk. */
      portal: string;
      since: string;
      until: string;
      /** In which all times of the file are written. */
      zone: 'UTC';
      exportedAt: string;
    }
  /** Rules that came into force; the first one may have done so before the stretch. */
  | { kind: 'rules'; hash: string; activatedAt: string; changedRules: string[] }
  | { kind: 'channel'; id: string; name: string | null; integration: string | null; departmentId: string | null }
  /** With the columns of the tables. */
  | { kind: 'event' | 'decision' }
  | { kind: 'end'; events: number; decisions: number };
