import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Alert, AlertCard } from '../domain/alert.ts';
import type { Db } from './database.ts';
import { alerts, holds } from './schema.ts';

type AlertRow = typeof alerts.$inferSelect;

function toAlert(row: AlertRow): Alert {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Alert;
}

export async function findAlert(db: Db, orgId: string, id: string): Promise<Alert | undefined> {
  const [row] = await db
    .select()
    .from(alerts)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)));
  return row === undefined ? undefined : toAlert(row);
}

/** Remembers where Slack has the card; returns the alert as it stands. */
export async function markPosted(
  tx: Db,
  orgId: string,
  id: string,
  posted: { slackChannel: string; slackTs: string; card?: AlertCard },
): Promise<Alert | undefined> {
  const [row] = await tx
    .update(alerts)
    .set(posted)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)))
    .returning();
  return row === undefined ? undefined : toAlert(row);
}

/** Changes an alert whose lane is locked; the caller has looked at its state. */
export async function changeAlert(tx: Db, orgId: string, id: string, change: Partial<AlertRow>): Promise<void> {
  await tx
    .update(alerts)
    .set(change)
    .where(and(eq(alerts.orgId, orgId), eq(alerts.id, id)));
}

/** An acknowledgement of one card counts for its whole episode: it stops the ladder. */
export async function acknowledgeEpisode(tx: Db, orgId: string, episodeId: string, at: number): Promise<void> {
  await tx
    .update(holds)
    .set({ acknowledgedAt: at })
    .where(and(eq(holds.orgId, orgId), eq(holds.id, episodeId), isNull(holds.acknowledgedAt)));
}

/**
 * Lets an episode that has fired stand still until then; its lane must be locked. The times of its steps and repeats move
 * by as much as that is later than now, or than the end of the snooze that it already had.
 */
export async function snoozeEpisode(
  tx: Db,
  orgId: string,
  episodeId: string,
  { at, until }: { at: number; until: number },
): Promise<void> {
  const [now, end] = [new Date(at).toISOString(), new Date(until).toISOString()];
  await tx.execute(sql`
    update holds set
      snoozed_until = ${end}::timestamptz,
      paused_ms = paused_ms + round(extract(epoch from
        ${end}::timestamptz - greatest(${now}::timestamptz, coalesce(snoozed_until, ${now}::timestamptz))) * 1000)::bigint,
      next_at = least(case when false_since is not null then next_at end, ${end}::timestamptz)
    where org_id = ${orgId} and id = ${episodeId} and state = 'fired' and ended_at is null and acknowledged_at is null`);
}

/**
 * Adds cards to an episode, whose lane must be locked.
 * @returns whether the episode is over already
 */
export async function addEpisodeAlerts(
  tx: Db,
  orgId: string,
  episodeId: string,
  ids: readonly string[],
): Promise<boolean> {
  const [row] = await tx
    .update(holds)
    .set({ alertIds: sql`${holds.alertIds} || ${JSON.stringify(ids)}::jsonb` })
    .where(and(eq(holds.orgId, orgId), eq(holds.id, episodeId)))
    .returning({ endedAt: holds.endedAt });
  return row !== undefined && row.endedAt !== null;
}
