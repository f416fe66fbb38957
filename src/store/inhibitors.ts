import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from './database.ts';

export interface Inhibitor {
  orgId: string;
  ruleId: string;
  channelId: string;
}

/**
 * Which rules have an open live episode that has fired on which channels: of each, two of their subjects at the most, so
 * that one who asks can tell others from itself. Served by holds_inhibiting.
 */
export async function loadInhibitors(
  db: Db,
  keys: readonly Inhibitor[],
): Promise<(Inhibitor & { subjects: string[] })[]> {
  if (keys.length === 0) return [];
  const list = JSON.stringify(keys);
  const rows = await db.execute(sql`
    select h.org_id, h.rule_id, h.channel_id, min(h.subject) as first, max(h.subject) as last
    from (select distinct * from jsonb_to_recordset(${list}::text::jsonb) as k("orgId" text, "ruleId" text, "channelId" text)) k
    join holds h on h.org_id = k."orgId" and h.rule_id = k."ruleId" and h.channel_id = k."channelId"
      and h.state = 'fired' and h.ended_at is null and h.mode = 'live'
    group by 1, 2, 3`);
  return rowsOf<{ org_id: string; rule_id: string; channel_id: string; first: string; last: string }>(rows).map(
    ({ org_id: orgId, rule_id: ruleId, channel_id: channelId, first, last }) => ({
      orgId,
      ruleId,
      channelId,
      subjects: first === last ? [first] : [first, last],
    }),
  );
}
