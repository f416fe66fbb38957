import { AppError, errorText } from '../domain/errors.ts';

/** What can be the matter with a PostgreSQL server, by the code of the system, of postgres.js or of the server. */
const FAULTS = new Map<string, { message: string; remedy: string }>([
  ['ECONNREFUSED', { message: 'nothing listens there', remedy: 'Start PostgreSQL, or check DATABASE_URL.' }],
  ['ENOTFOUND', { message: 'there is no host of that name', remedy: 'Check the host of DATABASE_URL.' }],
  [
    'EAI_AGAIN',
    { message: 'its name cannot be resolved now', remedy: 'Check the network and the host of DATABASE_URL.' },
  ],
  ['CONNECT_TIMEOUT', { message: 'it does not answer', remedy: 'Check the network, firewalls and DATABASE_URL.' }],
  ['28P01', { message: 'it refuses the password', remedy: 'Check user and password of DATABASE_URL.' }],
  ['28000', { message: 'it refuses the user', remedy: 'Check the user of DATABASE_URL and pg_hba.conf.' }],
  ['3D000', { message: 'it has no such database', remedy: 'Create the database, or check the name in DATABASE_URL.' }],
  ['42501', { message: 'the user lacks a right', remedy: 'Make the user the owner of the database.' }],
  ['53300', { message: 'it has no connection free', remedy: 'Raise max_connections, or stop other clients.' }],
]);

/** The server and database of an address, without user and password: safe to show. */
export function describeServer(url: string): string {
  const { host, pathname } = new URL(url);
  return `PostgreSQL at ${host}${pathname}`;
}

/** The error to show for a database that could not be used. */
export function toDatabaseFault(error: unknown, url: string): AppError {
  if (error instanceof AppError) return error;
  const fault = codesOf(error)
    .map((code) => FAULTS.get(code))
    .find((known) => known !== undefined);
  const message = `${describeServer(url)} cannot be used: ${fault?.message ?? errorText(error)}`;
  return new AppError('unavailable', message, { remedy: fault?.remedy ?? 'Check DATABASE_URL.', cause: error });
}

/** Codes of an error, of what caused it, and of those that it sums up (one for each address tried). */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const { code } = error as { code?: unknown };
  const summed: unknown[] = error instanceof AggregateError ? error.errors : [];
  const own = typeof code === 'string' ? [code] : [];
  return [...own, ...[error.cause, ...summed].flatMap((inner) => codesOf(inner, depth + 1))];
}
