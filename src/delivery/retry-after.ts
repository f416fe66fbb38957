/** Longest wait that is believed: Zoho's daily credits come back within a day, nothing asks for more. */
const MAX_WAIT_MS = 86_400_000;

/**
 * The header Retry-After (seconds or an HTTP date, RFC 9110) as milliseconds from `now` (epoch ms); undefined when it
 * is absent or says nothing.
 */
export function parseRetryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1_000, MAX_WAIT_MS);
  // Date.parse also takes bare fragments such as "5 apples": an HTTP date names its zone.
  const at = /GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), MAX_WAIT_MS);
}
