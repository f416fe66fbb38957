import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/** What reconciliation remembers between its runs, and shows. Instants are epoch ms. */
export interface ReconciliationState {
  /** All changes up to here have been looked at, by Zoho's clock. */
  readUpTo: number;
  /** A run that is not through its list: it goes on from there. */
  unfinished?: { until: number; from: number };
  /** Credits spent, as spending.ts keeps them. */
  spent: JsonObject;
  last?: LastRun;
  /** Transitions inferred since it began. */
  inferred: number;
}

export const RUN_OUTCOMES = ['complete', 'unfinished', 'over_budget', 'failed'] as const;

export interface LastRun {
  at: number;
  /** `unfinished`: there was more than one run takes; `over_budget`: the day's credits are spent; the next one goes on. */
  outcome: (typeof RUN_OUTCOMES)[number];
  /** Why it failed, for people. */
  reason?: string;
  /** Chats that were listed. */
  chats: number;
  /** Those that differed from ours. */
  differing: number;
  /** Of these: transitions inferred. */
  inferred: number;
  /** Of these: left for the next run, since they changed just now or an event of theirs waits to be judged. */
  deferred: number;
  credits: number;
}

export function toJson({ readUpTo, unfinished, spent, last, inferred }: ReconciliationState): JsonObject {
  return {
    readUpTo,
    spent,
    inferred,
    ...(unfinished === undefined ? {} : { unfinished: { ...unfinished } }),
    ...(last === undefined ? {} : { last: { ...last } }),
  };
}

/** @param stored what `toJson` made; anything else begins anew at `now` */
export function fromJson(stored: JsonObject, now: number): ReconciliationState {
  const { readUpTo, unfinished, spent, last, inferred } = stored;
  const state: ReconciliationState = {
    readUpTo: toNumber(readUpTo) ?? now,
    spent: isJsonObject(spent) ? spent : {},
    inferred: toNumber(inferred) ?? 0,
  };
  if (isJsonObject(unfinished)) {
    const [until, from] = [toNumber(unfinished['until']), toNumber(unfinished['from'])];
    if (until !== undefined && from !== undefined) state.unfinished = { until, from };
  }
  const run = toLastRun(last);
  if (run !== undefined) state.last = run;
  return state;
}

function toLastRun(last: Json | undefined): LastRun | undefined {
  if (!isJsonObject(last)) return undefined;
  const outcome = RUN_OUTCOMES.find((one) => one === last['outcome']);
  const at = toNumber(last['at']);
  if (outcome === undefined || at === undefined) return undefined;
  const count = (name: string) => toNumber(last[name]) ?? 0;
  return {
    at,
    outcome,
    ...(typeof last['reason'] === 'string' ? { reason: last['reason'] } : {}),
    chats: count('chats'),
    differing: count('differing'),
    inferred: count('inferred'),
    deferred: count('deferred'),
    credits: count('credits'),
  };
}

function toNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
