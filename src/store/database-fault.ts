import { AppError } from '../domain/errors.ts';
import type { DatabaseState } from './database.ts';

/** Telling apart what went wrong by the SQLSTATE in `code`, of the error or of its cause. */
function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/** 22: data exceptions; 23: constraints; 54: a limit exceeded. The statement would fail again, whoever runs it. */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** Whether the fault lies in what was to be written, and not in the database, the connection or the moment. */
export function isDataFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && DATA_CLASSES.has(code.slice(0, 2));
}

/** 08: connection; 40: deadlock, serialization; 53: resources; 57: shutdown, timeout; 58: system. */
const PASSING_CLASSES = new Set(['08', '40', '53', '57', '58']);

/** A server that takes no writes now: a standby, or one that was made read-only. */
const READ_ONLY = '25006';

/** Whether another try may go through: the moment was bad, or the database is away. */
export function isPassingFault(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return PASSING_CLASSES.has(code.slice(0, 2)) || code === READ_ONLY;
  return isConnectionFault(error);
}

/** Whether the fault means that others would fail now as well. A deadlock or a statement that took too long does not. */
export function isAwayFault(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return isConnectionFault(error);
  return code.startsWith('08') || code.startsWith('57P') || isResourceFault(error);
}

/** Disk full. Memory, connections and temporary files run out for one statement and not for the next. */
const DISK_FULL = '53100';

/** Faults of a server that can be reached and takes no writes all the same: it is full, broken, or a standby. */
export function isResourceFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (code === DISK_FULL || code.startsWith('58') || code === READ_ONLY);
}

/** Codes of the system, of TLS and of our own connections, with which a server is out of reach. */
const CONNECTION_CODES = new Set([
  'CONNECTION_LOST',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What is refused, or given up, because the database does not answer. */
export class DatabaseAwayError extends AppError {
  constructor(message: string, remedy?: string) {
    super('unavailable', message, remedy === undefined ? {} : { remedy });
  }
}

/** What we refuse ourselves while the database is away is one too. */
function isConnectionFault(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof DatabaseAwayError) return true;
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && CONNECTION_CODES.has(code)) return true;
  }
  return false;
}

/** The error of what is refused because the database is known to be away. */
export function awayError({ reason, remedy }: Extract<DatabaseState, { ok: false }>): DatabaseAwayError {
  return new DatabaseAwayError(`The database is away: ${reason}.`, remedy);
}
