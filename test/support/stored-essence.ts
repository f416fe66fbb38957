import { eq } from 'drizzle-orm';
import type { Database } from '../../src/store/database.ts';
import {
  actions,
  alerts,
  datasetRows,
  decisions,
  events,
  holds,
  inbox,
  limitWindows,
  messages,
  sessions,
  tiles,
  transitions,
} from '../../src/store/schema.ts';

/**
 * All that processing wrote for a portal, in a canonical order and without what depends on when and by whom it was
 * done (row numbers, times of receipt and decision, ids made of the portal's id).
 * @param incidental names of columns that may differ besides
 */
export async function storedEssence(
  { db }: Pick<Database, 'db'>,
  orgId: string,
  incidental: readonly string[] = [],
): Promise<Record<string, string[]>> {
  const of = { sessions, transitions, messages, holds, decisions, actions, alerts, tiles, datasetRows, limitWindows };
  const all: Record<string, string[]> = {};
  for (const [name, table] of Object.entries(of)) {
    const rows = await db.select().from(table).where(eq(table.orgId, orgId));
    all[name] = rows
      .map((row) =>
        JSON.stringify(withoutIncidentals(row, new Set([...INCIDENTAL, ...incidental]))).replaceAll(UUID, 'uuid'),
      )
      .sort();
  }
  return all;
}

const INCIDENTAL = new Set([
  'orgId',
  'recordedAt',
  'decidedAt',
  'createdAt',
  'updatedAt',
  'finishedAt',
  'firedAt',
  'expiresAt',
  'actionId',
  'admittedAt',
  'alertIds',
  'rulesetHash',
  'spec',
]);

/** Ids made of a portal's id. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function withoutIncidentals(row: Record<string, unknown>, incidental: ReadonlySet<string>): [string, unknown][] {
  return Object.entries(row)
    .filter(([key, value]) => value !== null && !incidental.has(key) && !(key === 'id' && typeof value === 'number'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The events of a portal: those that wait to be judged, and all that are kept. */
export async function storedEvents({ db }: Pick<Database, 'db'>, orgId: string) {
  const waiting = await db.select().from(inbox).where(eq(inbox.orgId, orgId));
  const kept = await db.select().from(events).where(eq(events.orgId, orgId));
  return { waiting, kept };
}
