import { AppError, errorText } from '../domain/errors.ts';

interface Explained {
  message: string;
  remedy: string;
}

const LOST: Explained = { message: 'connections to it are cut', remedy: 'Check PostgreSQL and the network to it.' };
const DISTRUSTED: Explained = {
  message: 'its certificate is not trusted',
  remedy: 'Check sslmode in DATABASE_URL, and NODE_EXTRA_CA_CERTS.',
};
const NO_WAY: Explained = { message: 'there is no way to it', remedy: 'Check the network and DATABASE_URL.' };

/** What can be the matter with a PostgreSQL server, by the code of the system, of ours or of the server. */
const FAULTS = new Map<string, Explained>([
  ['ECONNREFUSED', { message: 'nothing listens there', remedy: 'Start PostgreSQL, or check DATABASE_URL.' }],
  ['ENOTFOUND', { message: 'there is no host of that name', remedy: 'Check the host of DATABASE_URL.' }],
  [
    'EAI_AGAIN',
    { message: 'its name cannot be resolved now', remedy: 'Check the network and the host of DATABASE_URL.' },
  ],
  ['ETIMEDOUT', { message: 'it does not answer', remedy: 'Check the network, firewalls and DATABASE_URL.' }],
  ['ECONNRESET', LOST],
  ['EPIPE', LOST],
  ['CONNECTION_LOST', LOST],
  ['EHOSTUNREACH', NO_WAY],
  ['ENETUNREACH', NO_WAY],
  ['CERT_HAS_EXPIRED', { message: 'its certificate has expired', remedy: 'Renew the certificate of PostgreSQL.' }],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', DISTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', DISTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', DISTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', DISTRUSTED],
  ['57P01', { message: 'it was stopped', remedy: 'Start PostgreSQL again, unless somebody is doing so.' }],
  ['57P02', { message: 'it has crashed', remedy: "See PostgreSQL's own log." }],
  ['57P03', { message: 'it is starting or stopping', remedy: "Wait; if it lasts, see PostgreSQL's own log." }],
  ['25006', { message: 'it takes no writes', remedy: 'Let DATABASE_URL lead to the primary, not to a standby.' }],
  ['53100', { message: 'its disk is full', remedy: 'Make room on the disk of the database.' }],
  ['53200', { message: 'it is out of memory', remedy: 'Give the database more memory, or less to do.' }],
  ['58030', { message: 'it cannot read or write its files', remedy: 'Check the disk of the database.' }],
  ['28P01', { message: 'it refuses the password', remedy: 'Check user and password of DATABASE_URL.' }],
  ['28000', { message: 'it refuses the user', remedy: 'Check the user of DATABASE_URL and pg_hba.conf.' }],
  ['3D000', { message: 'it has no such database', remedy: 'Create the database, or check the name in DATABASE_URL.' }],
  ['42501', { message: 'the user lacks a right', remedy: 'Make the user the owner of the database.' }],
  ['53400', { message: 'a limit of its settings is reached', remedy: "See PostgreSQL's own log." }],
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
  const { message, remedy } = explainFault(error);
  return new AppError('unavailable', `${describeServer(url)} cannot be used: ${message}`, { remedy, cause: error });
}

/** In words, what is the matter and what can be done about it. */
export function explainFault(error: unknown): Explained {
  const known = codesOf(error)
    .map((code) => FAULTS.get(code))
    .find((fault) => fault !== undefined);
  return known ?? { message: errorText(error), remedy: 'Check DATABASE_URL.' };
}

/** Codes of an error, of what caused it, and of those that it sums up (one for each address tried). */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const { code } = error as { code?: unknown };
  const summed: unknown[] = error instanceof AggregateError ? error.errors : [];
  const own = typeof code === 'string' ? [code] : [];
  return [...own, ...[error.cause, ...summed].flatMap((inner) => codesOf(inner, depth + 1))];
}
