import type { Json } from '../domain/json.ts';

/** What stands where a secret stood. */
export const REDACTED = '[secret]';

/** Shorter ones are words that occur by chance; a real credential is longer. */
const MIN_SECRET_LENGTH = 6;

/**
 * Strikes secrets out of a text that another system wrote: an error message may echo the request with its credentials,
 * and reasons and results are stored and shown.
 */
export function redact(text: string, secrets: Iterable<string | undefined>): string {
  let clean = text;
  for (const secret of usable(secrets)) clean = clean.replaceAll(secret, REDACTED);
  return clean;
}

/** The same for every string of a JSON value, its keys too. */
export function redactJson(value: Json, secrets: Iterable<string | undefined>): Json {
  const list = usable(secrets);
  const visit = (child: Json): Json => {
    if (typeof child === 'string') return redact(child, list);
    if (Array.isArray(child)) return child.map(visit);
    if (child === null || typeof child !== 'object') return child;
    return Object.fromEntries(Object.entries(child).map(([key, item]) => [redact(key, list), visit(item)]));
  };
  return visit(value);
}

/** Longest first: one secret may contain another. */
function usable(secrets: Iterable<string | undefined>): string[] {
  return [...secrets]
    .filter((secret): secret is string => secret !== undefined && secret.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
}
