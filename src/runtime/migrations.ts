import { fileURLToPath } from 'node:url';

/** Where drizzle's migrations are: the same for both databases. */
export const MIGRATIONS_DIR: string = fileURLToPath(new URL('../../drizzle', import.meta.url));
