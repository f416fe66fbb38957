import { openPostgres } from '../../src/runtime/open-postgres.ts';

/** A process that migrates a database and ends: `node migrate-database.ts <url>`. */
const database = await openPostgres(process.argv[2] ?? '');
await database.migrate();
await database.close();
