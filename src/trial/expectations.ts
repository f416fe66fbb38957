import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { ExpectedAction, TestStep } from '../domain/test-file.ts';
import type { Carried } from './carried.ts';

/**
 * Expectations against what happened. Each list is an exact multiset: every expected one is met by one that happened,
 * and nothing else happened. `params` are a part of what was sent, or of its result.
 */
export interface Difference {
  what: 'expect' | 'decisions' | 'cards';
  /** Expected and not met, as written. */
  missing: Json[];
  /** Happened and not expected, in the words of the file. */
  unexpected: Json[];
}

type Match<E, H> = (expected: E, happened: H) => boolean;

export function compareActions(
  expected: readonly ExpectedAction[],
  happened: readonly Carried[],
): Difference | undefined {
  return compare('expect', expected, happened, matchesAction, describeAction);
}

export function compareDecisions(
  expected: NonNullable<TestStep['decisions']>,
  happened: readonly Decision[],
): Difference | undefined {
  const matches: Match<(typeof expected)[number], Decision> = ({ outcome, rule, session }, decision) =>
    outcome === decision.outcome && isOr(rule, decision.ruleId) && isOr(session, decision.sessionId);
  return compare('decisions', expected, happened, matches, ({ outcome, ruleId, sessionId }) => ({
    outcome,
    rule: ruleId,
    ...(sessionId === undefined ? {} : { session: sessionId }),
  }));
}

export function compareCards(
  expected: NonNullable<TestStep['cards']>,
  cards: readonly Alert[],
): Difference | undefined {
  const matches: Match<(typeof expected)[number], Alert> = ({ state, rule, session }, card) =>
    state === card.state && isOr(rule, card.ruleId) && isOr(session, card.sessionId);
  return compare('cards', expected, cards, matches, ({ state, ruleId, sessionId }) => ({
    state,
    rule: ruleId,
    ...(sessionId === undefined ? {} : { session: sessionId }),
  }));
}

function isOr(wanted: string | undefined, met: string | undefined): boolean {
  return wanted === undefined || wanted === met;
}

function matchesAction(
  { type, rule, session, state = 'delivered', params = {} }: ExpectedAction,
  carried: Carried,
): boolean {
  const { action, state: met } = carried;
  return (
    type === action.spec.type &&
    state === met &&
    isOr(rule, action.ruleId) &&
    isOr(session, action.sessionId) &&
    isPart(params, { ...carried.params, ...carried.result })
  );
}

function describeAction({ action, state, params, result, reason }: Carried): Json {
  return {
    type: action.spec.type,
    rule: action.ruleId,
    ...(action.sessionId === undefined ? {} : { session: action.sessionId }),
    ...(state === 'delivered' ? {} : { state, reason: reason ?? '' }),
    params: { ...params, ...result },
  };
}

/**
 * Where an expected action and one that was done differ, when they are of one type: `params.agentId: expected "a3", it
 * was "a2"`. Empty when they are of different types.
 */
export function describeNearMiss(missing: Json, unexpected: Json): string[] {
  if (!isJsonObject(missing) || !isJsonObject(unexpected)) return [];
  if (missing.type !== unexpected.type || missing.outcome !== unexpected.outcome) return [];
  return differingPaths(missing, unexpected, '');
}

function differingPaths(part: Json, whole: Json | undefined, path: string): string[] {
  if (isPart(part, whole)) return [];
  if (isJsonObject(part) && isJsonObject(whole)) {
    return Object.entries(part).flatMap(([key, value]) =>
      differingPaths(value, whole[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const met = whole === undefined ? 'it was absent' : `it was ${JSON.stringify(whole)}`;
  return [`${path}: expected ${JSON.stringify(part)}, ${met}`];
}

/** Whether everything in `part` is in `whole`, at any depth; lists are compared whole. */
export function isPart(part: Json, whole: Json | undefined): boolean {
  if (isJsonObject(part)) {
    return isJsonObject(whole) && Object.entries(part).every(([key, value]) => isPart(value, whole[key]));
  }
  if (!Array.isArray(part)) return part === whole;
  return (
    Array.isArray(whole) && part.length === whole.length && part.every((item, index) => isPart(item, whole[index]))
  );
}

function compare<E, H>(
  what: Difference['what'],
  expected: readonly E[],
  happened: readonly H[],
  matches: Match<E, H>,
  describe: (happened: H) => Json,
): Difference | undefined {
  const pairs = pairUp(expected, happened, matches);
  const missing = expected.filter((_, index) => pairs.metBy[index] === undefined).map(toJson);
  const unexpected = happened.filter((_, index) => !pairs.used.has(index)).map(describe);
  return missing.length === 0 && unexpected.length === 0 ? undefined : { what, missing, unexpected };
}

/**
 * A pairing that meets as many expectations as can be met: a vague one gives way when a precise one has no other choice
 * (augmenting paths).
 */
function pairUp<E, H>(expected: readonly E[], happened: readonly H[], matches: Match<E, H>) {
  const ownerOf = new Map<number, number>();
  const candidates = expected.map((wanted) => happened.flatMap((met, index) => (matches(wanted, met) ? [index] : [])));
  const place = (wanted: number, tried: Set<number>): boolean => {
    for (const index of candidates[wanted] ?? []) {
      if (tried.has(index)) continue;
      tried.add(index);
      const owner = ownerOf.get(index);
      if (owner === undefined || place(owner, tried)) {
        ownerOf.set(index, wanted);
        return true;
      }
    }
    return false;
  };
  for (const wanted of expected.keys()) place(wanted, new Set());
  const metBy: (number | undefined)[] = [];
  for (const [index, owner] of ownerOf) metBy[owner] = index;
  return { metBy, used: new Set(ownerOf.keys()) };
}

/** Guarantee: what a test file says is JSON whose optional keys are left out. */
function toJson(value: unknown): JsonObject {
  return value as JsonObject;
}
