import type { Db } from './database.ts';
import { lanes } from './schema.ts';

/** No source has an empty portal: nobody ever works on this lane. */
const NOBODYS = { orgId: '', subject: 'can this be written?' };

/** Throws unless a row can be written; takes it back again. */
export async function tryWrite(db: Db): Promise<void> {
  const done = new Error('taken back');
  await db
    .transaction(async (tx) => {
      await tx.insert(lanes).values(NOBODYS).onConflictDoNothing();
      throw done;
    })
    .catch((error: unknown) => {
      if (error !== done) throw error;
    });
}
