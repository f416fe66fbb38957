import { and, asc, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import { type Db, rowsOf } from './database.ts';
import { rulesetActivations, rulesets } from './schema.ts';

export interface Activation {
  orgId: string;
  seq: number;
  hash: string;
  activatedAt: number;
  changedRules: string[];
  sweptTo: string | null;
  sweptAt: number | null;
}

/** Keeps a ruleset by its hash: every one that ever judged can be looked up. */
export async function saveRuleset(
  tx: Db,
  orgId: string,
  ruleset: { hash: string; files: Record<string, string> },
  now: number,
): Promise<void> {
  const row = { orgId, hash: ruleset.hash, files: ruleset.files, firstLoadedAt: now };
  await tx.insert(rulesets).values(row).onConflictDoNothing();
}

export async function findRulesetFiles(
  db: Db,
  orgId: string,
  hash: string,
): Promise<Record<string, string> | undefined> {
  const [row] = await db
    .select({ files: rulesets.files })
    .from(rulesets)
    .where(and(eq(rulesets.orgId, orgId), eq(rulesets.hash, hash)));
  return row?.files;
}

/** The ruleset that came into force last; the rows of a portal's activations are locked against another process's. */
export async function lockLastActivation(tx: Db, orgId: string): Promise<Activation | undefined> {
  // Two processes that start together must not both see "no activation yet": the ruleset's own row is the lock then.
  await tx.execute(sql`select 1 from rulesets where org_id = ${orgId} order by hash for update`);
  const [row] = await tx
    .select()
    .from(rulesetActivations)
    .where(eq(rulesetActivations.orgId, orgId))
    .orderBy(desc(rulesetActivations.seq))
    .limit(1);
  return row;
}

export async function insertActivation(
  tx: Db,
  activation: Pick<Activation, 'orgId' | 'hash' | 'activatedAt' | 'changedRules'>,
): Promise<void> {
  await tx.insert(rulesetActivations).values(activation);
}

/** Activations whose sweep is not done, oldest first. */
export async function loadUnswept(db: Db, orgId: string): Promise<Activation[]> {
  return db
    .select()
    .from(rulesetActivations)
    .where(and(eq(rulesetActivations.orgId, orgId), isNull(rulesetActivations.sweptAt)))
    .orderBy(rulesetActivations.seq);
}

/** The same for one activation, locked; undefined when another process has it or it is done. */
export async function lockUnswept(tx: Db, orgId: string, seq: number): Promise<Activation | undefined> {
  const [row] = await tx
    .select()
    .from(rulesetActivations)
    .where(
      and(eq(rulesetActivations.orgId, orgId), eq(rulesetActivations.seq, seq), isNull(rulesetActivations.sweptAt)),
    )
    .for('update', { skipLocked: true });
  return row;
}

export async function saveSweep(
  tx: Db,
  orgId: string,
  seq: number,
  progress: { sweptTo: string } | { sweptAt: number },
): Promise<void> {
  await tx
    .update(rulesetActivations)
    .set(progress)
    .where(and(eq(rulesetActivations.orgId, orgId), eq(rulesetActivations.seq, seq)));
}

/**
 * The next subjects that a change of rules concerns, after `after` in the order of their names: chats that have not
 * ended, and whatever has an open episode of one of the rules.
 */
export async function loadSweepSubjects(
  tx: Db,
  orgId: string,
  { rules, after, limit }: { rules: readonly string[]; after: string; limit: number },
): Promise<string[]> {
  const rows = await tx.execute(sql`
    select subject from (
      (select id as subject from sessions
        where org_id = ${orgId} and status is distinct from 'ENDED' and id > ${after} order by id limit ${limit})
      union
      (select distinct subject from holds
        where org_id = ${orgId} and ended_at is null and subject > ${after}
          and rule_id in (select jsonb_array_elements_text(${JSON.stringify(rules)}::text::jsonb))
        order by subject limit ${limit})
    ) s order by subject limit ${limit}`);
  return rowsOf<{ subject: string }>(rows).map(({ subject }) => subject);
}

/** What was in force between two instants (epoch ms), in the order in which it came: the first may have come before. */
export async function loadActivations(
  db: Db,
  orgId: string,
  { since, until }: { since: number; until: number },
): Promise<Activation[]> {
  const rows = await db
    .select()
    .from(rulesetActivations)
    .where(and(eq(rulesetActivations.orgId, orgId), lt(rulesetActivations.activatedAt, until)))
    .orderBy(asc(rulesetActivations.seq));
  const before = rows.findLastIndex(({ activatedAt }) => activatedAt <= since);
  return rows.slice(Math.max(0, before));
}

/** The ruleset that came into force last, and when; undefined before the first. */
export async function findRulesetInForce(
  db: Db,
  orgId: string,
): Promise<Pick<Activation, 'hash' | 'activatedAt'> | undefined> {
  const [row] = await db
    .select({ hash: rulesetActivations.hash, activatedAt: rulesetActivations.activatedAt })
    .from(rulesetActivations)
    .where(eq(rulesetActivations.orgId, orgId))
    .orderBy(desc(rulesetActivations.seq))
    .limit(1);
  return row;
}
