import { type SQL, sql } from 'drizzle-orm';

/**
 * Something that is true of the tables at every moment, whatever happened before: each change of them is one
 * transaction, and a statement sees all of a transaction or nothing. What takes a while by its nature (an event that waits
 * to be judged) is given a generous while, counted from `now`.
 */
export interface Invariant {
  /** Stable, for scripts. */
  name: string;
  /** What is true when all is well, as a sentence. */
  says: string;
  /** What to do when it is not. */
  remedy: string;
  /**
   * A query with one text column `example` and a row for each violation: ids and keys, nothing personal. It reads its
   * tables from end to end, once, and joins by hash or by primary key.
   */
  violations(now: SQL): SQL;
}

/** For what no operator can have caused. */
export const OUR_FAULT = 'This is a fault of Vigia, and nothing mends it by itself: report it with these examples.';
/** For work that is not done: nobody does it, or somebody who does it fails. */
export const NO_PROGRESS = 'Start a server if none runs; if one does, its log says why it cannot go on.';

/** An instant so long ago that what should have happened by then has not been waiting for its turn. */
export function longBefore(now: SQL, minutes: number): SQL {
  return sql`${now} - ${minutes}::int * interval '1 minute'`;
}

/** Of a decision on the firing of a schedule's episode its tick, `/<epoch ms>`, as its actions name it; else nothing. */
export function ofTick(alias: '' | 'd.'): SQL {
  const decision = sql.raw(alias);
  return sql`(case when ${decision}episode_id like '%:tick' and ${decision}step = 0
    then '/' || (extract(epoch from ${decision}at) * 1000)::bigint else '' end)`;
}
