/**
 * What is expected is a value with a closed list of reasons; what is broken is thrown, and is always an AppError.
 * HTTP maps the codes once (see http/errors.ts), the CLI prints `message` and `remedy`.
 */
export type ErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unavailable'
  | 'not_configured'
  | 'config_invalid'
  | 'rules_invalid'
  | 'data_dir_locked'
  | 'internal';

export interface AppErrorOptions {
  /** What the reader can do about it. Safe to show. */
  remedy?: string;
  /** The cause, for the log only. */
  cause?: unknown;
}

/** A failure with a closed `code` and a message that is safe to show: it names no secret and no personal data. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/**
 * The text of anything that was thrown, for a log line. Of a failed query only the database's own words: drizzle's
 * message repeats the statement with every parameter, personal data among them.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('query' in error && 'params' in error) return `query failed: ${errorText(error.cause ?? 'no reason given')}`;
  return error.message;
}
