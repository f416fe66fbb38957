import type { DeliveryOutcome } from '../domain/action.ts';

/**
 * What went wrong when no answer came. Surely nothing reached the other side: `stopped` (we were stopping already),
 * `not_sent` (no connection). It may have acted: `timed_out`, `lost` (the connection broke after it was made),
 * `aborted` (we stopped waiting).
 */
export type TransportFault = 'stopped' | 'not_sent' | 'timed_out' | 'lost' | 'aborted';

/** The code of an error whose thrower knows that nothing was written: a fetch of ours marks its errors with it. */
export const NOT_SENT = 'NOT_SENT';

/** Failures of name resolution, routing, connecting and the TLS handshake: the request was not written yet. */
const BEFORE_SENDING = new Set([
  NOT_SENT,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const BEFORE_SENDING_PREFIXES = ['CERT_', 'ERR_TLS_', 'ERR_SSL_'];

/** Sorts an error that fetch threw. What is not known is `lost`: claiming that nothing was sent could send it twice. */
export function classifyTransportFault(
  error: unknown,
  signals: { caller: AbortSignal; timeout: AbortSignal },
): { fault: TransportFault; detail?: string } {
  const codes = errorCodes(error);
  const code = codes.find((one) => one !== NOT_SENT && one !== 'ABORT_ERR');
  const detail = code === undefined ? {} : { detail: code };
  if (codes.some(isBeforeSending))
    return signals.caller.aborted ? { fault: 'stopped' } : { fault: 'not_sent', ...detail };
  if (signals.caller.aborted) return { fault: 'aborted' };
  if (signals.timeout.aborted) return { fault: 'timed_out' };
  return { fault: 'lost', ...detail };
}

function isBeforeSending(code: string): boolean {
  return BEFORE_SENDING.has(code) || BEFORE_SENDING_PREFIXES.some((prefix) => code.startsWith(prefix));
}

/** The codes of an error, of its causes, and of the errors that it sums up (one for each address that was tried). */
function errorCodes(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const { code } = error as { code?: unknown };
  // ETIMEDOUT tells of a connection that never came about only when it names the call that failed.
  const timedOutConnecting = code === 'ETIMEDOUT' && (error as { syscall?: unknown }).syscall === 'connect';
  const own = typeof code === 'string' && code !== '' ? [code, ...(timedOutConnecting ? [NOT_SENT] : [])] : [];
  const summed = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[error.cause, ...summed].flatMap((inner) => errorCodes(inner, depth + 1))];
}

/** The outcome of a call that is not safe to repeat and got no answer. `target` names the other side. */
export function toTransportOutcome(
  failure: { fault: TransportFault; detail?: string },
  target: string,
  timeoutMs: number,
): Extract<DeliveryOutcome, { kind: 'retry' | 'uncertain' }> {
  switch (failure.fault) {
    case 'stopped':
      return { kind: 'retry', reason: 'Vigia was stopping; nothing was sent', counts: false };
    case 'not_sent':
      return { kind: 'retry', reason: `${target} could not be reached (${failure.detail ?? 'no connection'})` };
    case 'timed_out':
      return { kind: 'uncertain', reason: `${target} did not answer within ${timeoutMs / 1_000} s` };
    case 'lost':
      return { kind: 'uncertain', reason: `the connection to ${target} was lost before it answered` };
    case 'aborted':
      return { kind: 'uncertain', reason: `Vigia was stopped while ${target} had not answered yet` };
  }
}
