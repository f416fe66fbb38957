import { and, eq, lte, min, sql } from 'drizzle-orm';
import { insertRows, recordset } from './bulk.ts';
import type { Db } from './database.ts';
import { holds, lanes, schedules } from './schema.ts';
import type { SubjectKey } from './subjects.ts';

export interface ScheduleRow {
  orgId: string;
  ruleId: string;
  /** What `every` said when `nextAt` was set. */
  every: string;
  /** Epoch ms. */
  nextAt: number;
  lastAt?: number | null;
}

/** The schedules of a portal, one for each schedule rule in force. */
export async function loadSchedules(db: Db, orgId: string): Promise<ScheduleRow[]> {
  return db.select().from(schedules).where(eq(schedules.orgId, orgId));
}

/** Writes schedules that are new or say something else than before, and removes those of rules that are gone. */
export async function syncSchedules(
  tx: Db,
  orgId: string,
  { changed, gone }: { changed: readonly ScheduleRow[]; gone: readonly string[] },
): Promise<void> {
  // Two processes may do so at once: what is there with the same text has been set by the other, and may have ticked.
  await insertRows(
    tx,
    schedules,
    changed,
    sql`order by org_id, rule_id on conflict (org_id, rule_id) do update
      set every = excluded.every, next_at = excluded.next_at where schedules.every <> excluded.every`,
  );
  if (gone.length === 0) return;
  await tx.delete(schedules).where(
    sql`${schedules.orgId} = ${orgId} and ${schedules.ruleId} in
        (select jsonb_array_elements_text(${JSON.stringify(gone)}::text::jsonb))`,
  );
}

/**
 * Locks the schedules that are due at `now`, passing over those that another process has. Must run in a transaction.
 * @param only the one rule that is wanted
 */
export async function claimSchedules(tx: Db, orgId: string, now: number, only?: string): Promise<ScheduleRow[]> {
  return tx
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.orgId, orgId),
        lte(schedules.nextAt, now),
        only === undefined ? undefined : eq(schedules.ruleId, only),
      ),
    )
    .orderBy(schedules.ruleId)
    .for('update', { skipLocked: true });
}

/** Sets when claimed schedules tick next. */
export async function saveTicked(
  tx: Db,
  rows: readonly (Pick<ScheduleRow, 'orgId' | 'ruleId' | 'every' | 'nextAt'> & { lastAt: number })[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    update schedules s set next_at = r.next_at, last_at = r.last_at from ${recordset(schedules, rows)}
    where s.org_id = r.org_id and s.rule_id = r.rule_id`);
}

/** Puts off a schedule whose tick failed, if it is still due. */
export async function skipTick(
  db: Db,
  { orgId, ruleId, now, nextAt }: Pick<ScheduleRow, 'orgId' | 'ruleId' | 'nextAt'> & { now: number },
): Promise<void> {
  await db
    .update(schedules)
    .set({ nextAt })
    .where(and(eq(schedules.orgId, orgId), eq(schedules.ruleId, ruleId), lte(schedules.nextAt, now)));
}

/** When a schedule of the portal is due next; undefined when there is none. Epoch ms. Served by `schedules_due`. */
export async function findNextTickAt(db: Db, orgId: string): Promise<number | undefined> {
  const [row] = await db
    .select({ at: min(schedules.nextAt) })
    .from(schedules)
    .where(eq(schedules.orgId, orgId));
  return row?.at ?? undefined;
}

/** Subjects with an open episode of one of the rules: they are judged on, also when they are nobody's any more. */
export async function listSubjectsOfEpisodes(
  tx: Db,
  orgId: string,
  ruleIds: readonly string[],
): Promise<{ ruleId: string; subject: string }[]> {
  return tx
    .select({ ruleId: holds.ruleId, subject: holds.subject })
    .from(holds)
    .where(
      sql`${holds.orgId} = ${orgId} and ${holds.state} = 'fired' and ${holds.endedAt} is null and ${holds.kind} = 'schedule'
        and ${holds.ruleId} in (select jsonb_array_elements_text(${JSON.stringify(ruleIds)}::text::jsonb))`,
    );
}

/** Makes the lanes of subjects that no event has made. */
export async function ensureLanes(tx: Db, keys: readonly SubjectKey[]): Promise<void> {
  await insertRows(tx, lanes, keys, sql`order by org_id, subject on conflict do nothing`);
}
