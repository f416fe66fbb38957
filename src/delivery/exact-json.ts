/**
 * Parses JSON that another system sent; undefined for what is none. Integers that a JavaScript number cannot hold
 * exactly (Zoho's ids have up to 20 digits) come out as strings of their digits, by the source text that engines hand to
 * a reviver (V8 since 11.4: Node ≥ 21, workerd), which the TypeScript library does not describe yet.
 */
export function parseExactJson(text: string): { value: unknown } | undefined {
  try {
    // Nearly every answer has its ids in quotes already; the plain parser is several times faster.
    return { value: LONG_NUMBER.test(text) ? parseWithSource(text, keepDigits) : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** At least 16 digits outside quotes (a false alarm from inside a text costs only time): 2^53 has 16. */
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;

const keepDigits: SourceReviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? '')
    ? context.source
    : value;

/** The cast holds on every engine that calls a reviver with a third argument; see above. */
function parseWithSource(text: string, reviver: SourceReviver): unknown {
  return (JSON.parse as (text: string, reviver: SourceReviver) => unknown)(text, reviver);
}
