import { sql } from 'drizzle-orm';
import type { Database } from '../../src/store/database.ts';

/** Fills a database with the traces of a desk's months, by SQL: what a table of a million rows costs the next event. */
export const ORG = 'bench';
/** The rule whose holds are pending. */
export const HOLD_RULE = 'on-hold';
/** They fall due long after every measurement. */
const DUE_IN_MS = 30 * 86_400_000;

/** The id of a filled chat. */
export const filledChat = (number: number) => `f${number}`;

/**
 * Adds chats from number `from` to before `to`: each with its session, its lane, two transitions, and, where
 * `holds`, on hold with a running hold.
 */
export async function fillChats(
  { db }: Pick<Database, 'db'>,
  { from, to, holds, now }: { from: number; to: number; holds: boolean; now: number },
): Promise<void> {
  const status = holds ? 'ON_HOLD' : 'ENDED';
  const at = new Date(now - 3_600_000).toISOString();
  const due = new Date(now + DUE_IN_MS).toISOString();
  const numbers = sql`generate_series(${from}::int, ${to - 1}::int) as n`;
  await db.execute(sql`insert into lanes (org_id, subject) select ${ORG}, 'f' || n from ${numbers}`);
  await db.execute(sql`
    insert into sessions (org_id, id, status, previous_status, status_since, assignee_id, channel_id, created_at, holds,
      reassignments, messages_in, messages_out, time_in, last_event_at)
    select ${ORG}, 'f' || n, ${status}, 'ON_PROGRESS', ${at}::timestamptz, 'a' || n % 200, 'c' || n % 50,
      ${at}::timestamptz - n * interval '1 second', 1, 0, 3, 2, '{"OPEN": 60000}', ${at}::timestamptz from ${numbers}`);
  for (const [step, [old, next]] of [
    ['OPEN', 'ON_PROGRESS'],
    ['ON_PROGRESS', status],
  ].entries()) {
    await db.execute(sql`
      insert into transitions (org_id, session_id, at, event_key, from_status, to_status, gap, late, assignee_changed, recorded_at)
      select ${ORG}, 'f' || n, ${at}::timestamptz - ${1 - step} * interval '1 minute', md5(n::text || ${String(step)}::text),
        ${old}, ${next}, false, false, false, ${at}::timestamptz from ${numbers}`);
  }
  if (holds) {
    await db.execute(sql`
      insert into holds (org_id, id, rule_id, subject, session_id, mode, kind, state, started_at, approximate, due_at,
        due_set_at, next_at, steps_done, repeats_done, paused_ms, firings, by, alert_ids)
      select ${ORG}, ${HOLD_RULE} || ':f' || n, ${HOLD_RULE}, 'f' || n, 'f' || n, 'live', 'hold', 'running',
        ${at}::timestamptz, false, ${due}::timestamptz, ${at}::timestamptz, ${due}::timestamptz, 0, 0, 0, 0, '[]', '[]'
      from ${numbers}`);
  }
  await db.execute(sql`analyze`);
}
