/** Query parameters as Zoho Desk takes them: an unknown one, or a value out of its range, is refused with 422. */
import type { Context } from 'hono';
import { ZohoRefusal, zohoErrors } from './refusals.ts';

/** The parameters of a call; `orgId` is accepted everywhere, as the header's alternative. */
export function readQuery<Name extends string>(c: Context, names: readonly Name[]): Partial<Record<Name, string>> {
  const query = c.req.query();
  for (const name of Object.keys(query)) {
    if (name !== 'orgId' && !names.some((one) => one === name)) {
      throw new ZohoRefusal(zohoErrors.unprocessable(`Extra query parameter '${name}' is present in the input.`));
    }
  }
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = query[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

export function invalidQuery(name: string): ZohoRefusal {
  return new ZohoRefusal(zohoErrors.unprocessable(`The value passed for the '${name}' query parameter is invalid.`));
}

/** A whole number from `low` to `high`. */
export function readCount(name: string, text: string | undefined, fallback: number, low: number, high: number): number {
  if (text === undefined) return fallback;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw invalidQuery(name);
  return value;
}

/** A comma-separated list of ids, at most `max`. */
export function readIds(name: string, text: string | undefined, max = 50): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = text.split(',');
  if (ids.length > max || !ids.every((id) => /^[0-9]+$/.test(id))) throw invalidQuery(name);
  return ids;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** An instant of the form yyyy-MM-ddThh:mm:ss.SSSZ, in epoch ms. */
export function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw invalidQuery(name);
  return at;
}
