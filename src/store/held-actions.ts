import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Holder } from '../domain/mute.ts';
import { type Db, rowsOf } from './database.ts';
import { type StoredAction, toStoredAction } from './deliveries.ts';
import { actions, alerts, holds } from './schema.ts';

/** Actions that a silence or a pause holds back: they are queued, and no job carries them until they are let go. */

export async function holdAction(
  tx: Db,
  held: { orgId: string; id: string; by: Holder; until?: number; reason: string; now: number },
): Promise<void> {
  const { orgId, id, by, until = null, reason, now } = held;
  await tx
    .update(actions)
    .set({ state: 'queued', heldBy: by, heldAt: now, heldUntil: until, reason })
    .where(and(eq(actions.orgId, orgId), eq(actions.id, id)));
}

/** What holds something back now: found by skipping from one to the next in actions_held, however much each holds. */
export async function listHolders(db: Db, orgId: string): Promise<Holder[]> {
  const result = await db.execute(sql`
    with recursive holders as (
      (select held_by from actions where org_id = ${orgId} and held_by is not null order by held_by limit 1)
      union all
      select (select a.held_by from actions a where a.org_id = ${orgId} and a.held_by > h.held_by order by a.held_by limit 1)
      from holders h where h.held_by is not null
    )
    select held_by as by from holders where held_by is not null`);
  return rowsOf<{ by: Holder }>(result).map(({ by }) => by);
}

/**
 * The oldest that a holder holds back (and what else it holds of their firings), in the order of their making. Their
 * whole firings are locked: whoever settles a sibling comes before or after.
 */
export async function takeHeld(tx: Db, orgId: string, by: Holder, limit: number): Promise<StoredAction[]> {
  const isHeld = and(eq(actions.orgId, orgId), eq(actions.heldBy, by));
  const oldest = await tx
    .select({ firing: actions.firing })
    .from(actions)
    .where(isHeld)
    .orderBy(asc(actions.createdAt), asc(actions.firedAt), asc(actions.firing))
    .limit(limit);
  if (oldest.length === 0) return [];
  const ofFirings = inArray(actions.firing, [...new Set(oldest.map(({ firing }) => firing))]);
  await tx
    .select({ id: actions.id })
    .from(actions)
    .where(and(eq(actions.orgId, orgId), ofFirings))
    .orderBy(actions.id)
    .for('update');
  const rows = await tx.select().from(actions).where(and(isHeld, ofFirings));
  return rows.map(toStoredAction).toSorted(byMaking);
}

function byMaking(a: StoredAction, b: StoredAction): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  if (a.firedAt !== b.firedAt) return a.firedAt - b.firedAt;
  if (a.firing !== b.firing) return a.firing < b.firing ? -1 : 1;
  return a.path.length - b.path.length || (a.path < b.path ? -1 : 1);
}

/** Of these episodes, those that have ended. */
export async function listEnded(db: Db, orgId: string, episodeIds: readonly string[]): Promise<Set<string>> {
  if (episodeIds.length === 0) return new Set();
  const rows = await db
    .select({ id: holds.id })
    .from(holds)
    .where(and(eq(holds.orgId, orgId), inArray(holds.id, [...episodeIds]), isNotNull(holds.endedAt)));
  return new Set(rows.map(({ id }) => id));
}

/** Of these alerts, those that somebody has resolved while their episode goes on. */
export async function listResolvedByHand(db: Db, orgId: string, alertIds: readonly string[]): Promise<Set<string>> {
  if (alertIds.length === 0) return new Set();
  const rows = await db
    .select({ id: alerts.id })
    .from(alerts)
    .innerJoin(holds, and(eq(holds.orgId, alerts.orgId), eq(holds.id, alerts.episodeId)))
    .where(
      and(
        eq(alerts.orgId, orgId),
        inArray(alerts.id, [...alertIds]),
        isNotNull(alerts.resolvedAt),
        isNull(holds.endedAt),
      ),
    );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Lets actions go: their expiry is put off by as long as they were held, and so is that of what waits for one of them.
 * Those that wait for nothing are to be enqueued in the same transaction.
 */
export async function letGo(tx: Db, orgId: string, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  const at = sql`${new Date(now).toISOString()}::timestamptz`;
  const list = sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb))`;
  await tx.execute(sql`
    update actions w set expires_at = h.expires_at from (
      select org_id, firing, max(expires_at + (${at} - held_at)) as expires_at from actions
      where org_id = ${orgId} and id in ${list} group by org_id, firing
    ) h
    where w.org_id = h.org_id and w.firing = h.firing and w.finished_at is null and w.waits_for is not null
      and w.held_by is null and w.expires_at < h.expires_at`);
  await tx.execute(sql`
    update actions set expires_at = expires_at + greatest(interval '0', ${at} - held_at),
      held_by = null, held_at = null, held_until = null, reason = null
    where org_id = ${orgId} and id in ${list}`);
}

export interface PassedOn {
  id: string;
  by: Holder;
  until?: number;
  reason: string;
}

/** Passes actions on to another holder; since when they are held stays. */
export async function passOn(tx: Db, orgId: string, held: readonly PassedOn[]): Promise<void> {
  if (held.length === 0) return;
  const list = JSON.stringify(
    held.map(({ id, by, until, reason }) => {
      const end = until === undefined ? {} : { until: new Date(until).toISOString() };
      return { id, by, reason, ...end };
    }),
  );
  await tx.execute(sql`
    update actions set held_by = h.by, held_until = h.until, reason = h.reason
    from jsonb_to_recordset(${list}::text::jsonb) as h(id text, by text, until timestamptz, reason text)
    where actions.org_id = ${orgId} and actions.id = h.id`);
}

/** Shows another end of what a holder holds back. Rows are locked in the order in which all lock them. */
export async function moveHeldUntil(db: Db, orgId: string, by: Holder, until: number): Promise<void> {
  await db.execute(sql`
    with held as (
      select id from actions where org_id = ${orgId} and held_by = ${by} order by id for update
    )
    update actions set held_until = ${new Date(until).toISOString()}::timestamptz
    from held where actions.org_id = ${orgId} and actions.id = held.id`);
}
