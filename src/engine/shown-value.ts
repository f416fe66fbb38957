import { isJsonObject, type Json } from '../domain/json.ts';
import { blankPersonal, isPersonalPath } from '../domain/personal.ts';
import type { ConditionLeaf } from '../domain/rule-file.ts';
import { MASKED, type TraceLeaf } from '../domain/trace.ts';

/** What a trace shows of values: bounded, and nothing personal. */

/** Another fact that a value stands for, as it is in the file: `{ "fact": …, "path": … }`. */
export function readReference(value: Json): { fact: string; path: string } | undefined {
  if (!isJsonObject(value) || typeof value['fact'] !== 'string') return undefined;
  return { fact: value['fact'], path: typeof value['path'] === 'string' ? value['path'] : '' };
}

/** What every trace shows of a comparison, whatever it meets. */
export function toShows({ fact, params, path, operator, value }: ConditionLeaf): TraceLeaf {
  const expected = showExpected(value, value);
  return {
    op: 'leaf',
    fact,
    ...(params === undefined ? {} : { params: { ...params } }),
    ...(path === undefined ? {} : { path }),
    operator,
    ...(expected === undefined ? {} : { expected }),
  };
}

/** @param value the value itself, of what the file has in its place */
export function showExpected(written: Json, value: unknown): Json | undefined {
  return show(readReference(written) ?? { fact: '', path: '' }, value);
}

/** Longest value a trace keeps: enough to recognise it, small enough for a row per decision. */
const MAX_SHOWN = 500;

/** Texts up to here are short enough however JSON writes their characters, six for one at most. */
const SHORT = Math.floor((MAX_SHOWN - 2) / 6);

/** A value from a place of the facts as a trace shows it; undefined where there is none. */
export function show(from: { fact: string; path?: string | undefined }, value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  if (from.fact === 'event' && isPersonalPath(from.path ?? '')) return MASKED;
  if (typeof value === 'boolean' || (typeof value === 'string' && value.length <= SHORT)) return value;
  const text = JSON.stringify(from.fact === 'event' ? withoutPersonal(value) : value) ?? 'null';
  return text.length <= MAX_SHOWN ? (JSON.parse(text) as Json) : `${text.slice(0, MAX_SHOWN)}…`;
}

/** An object or a list of the event may have personal values somewhere in it. */
function withoutPersonal(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? blankPersonal({ value: value as Json })['value'] : value;
}
