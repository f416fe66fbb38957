import { sql } from 'drizzle-orm';
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' };
import { type Db, rowsOf } from '../store/database.ts';

/** How a database stands to the migrations of this version. */
export interface MigrationStatus {
  /** Names of this version's migrations, in their order. */
  applied: string[];
  pending: string[];
  /** Whether a newer Vigia has migrated it further than this one knows. */
  ahead: boolean;
}

/** Reads only; a database without any of our tables has everything pending. */
export async function readMigrationStatus(db: Db): Promise<MigrationStatus> {
  const { entries } = journal;
  const lastAppliedAt = await readLastApplied(db);
  // As drizzle's migrator judges: what is younger than the last one applied is still to be done.
  const isApplied = ({ when }: { when: number }) => when <= lastAppliedAt;
  return {
    applied: entries.filter(isApplied).map(({ tag }) => tag),
    pending: entries.filter((entry) => !isApplied(entry)).map(({ tag }) => tag),
    ahead: entries.every(({ when }) => when < lastAppliedAt),
  };
}

/** Drizzle's own table; -Infinity when there is none yet. */
async function readLastApplied(db: Db): Promise<number> {
  const found = await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations') is not null as "exists"`);
  if (rowsOf<{ exists: boolean }>(found)[0]?.exists !== true) return Number.NEGATIVE_INFINITY;
  const last = await db.execute(sql`select max(created_at) as at from drizzle.__drizzle_migrations`);
  const at = rowsOf<{ at: string | number | null }>(last)[0]?.at ?? null;
  return at === null ? Number.NEGATIVE_INFINITY : Number(at);
}
