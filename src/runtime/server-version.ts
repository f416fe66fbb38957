import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../store/database.ts';

/** The version of the database, such as `15.18`, without what its packager adds. */
export async function readServerVersion(db: Db): Promise<string> {
  const rows = await db.execute(sql`select current_setting('server_version') as version`);
  return (rowsOf<{ version: string }>(rows)[0]?.version ?? '').replace(/ .*/, '');
}
