import { canonicalJson, type Json } from '../../../domain/json.ts';
import type { Session } from '../../../domain/session.ts';
import type { Entry } from '../../trial.ts';
import type { Finding } from './finding.ts';

/** What two runs are compared by. */
export interface Outcome {
  record: readonly Entry[];
  session: Session | undefined;
}

/** Events that come twice change nothing: not the chat, not what any rule decides or does. */
export function findChangesByDuplicates(once: Outcome, twice: Outcome, at: number): Finding[] {
  const [before, after] = [workOf(once.record), workOf(twice.record)];
  const rules = [...new Set([...before.keys(), ...after.keys()])].filter(
    (ruleId) => before.get(ruleId)?.join('\n') !== after.get(ruleId)?.join('\n'),
  );
  const findings = rules.map(
    (ruleId): Finding => ({ invariant: 'duplicates', ruleId, at, detail: firstDifference(before, after, ruleId) }),
  );
  if (isSame(once.session, twice.session)) return findings;
  return [...findings, { invariant: 'duplicates', at, detail: differenceOf(once.session, twice.session) }];
}

/** The chat is the same in the end, in whatever order its events arrived. */
export function findChangesByOrder(usual: Outcome, other: Outcome, at: number): Finding[] {
  if (isSame(usual.session, other.session)) return [];
  return [{ invariant: 'order', at, detail: differenceOf(usual.session, other.session) }];
}

/** By rule: a line for each thing that it decided or did. */
function workOf(record: readonly Entry[]): Map<string, string[]> {
  const work = new Map<string, string[]>();
  const add = (ruleId: string, line: Json[]) => work.set(ruleId, [...(work.get(ruleId) ?? []), canonicalJson(line)]);
  for (const entry of record) {
    if (entry.kind === 'decision') {
      const { ruleId, outcome, step, repeat, at } = entry.decision;
      add(ruleId, [outcome, step ?? null, repeat ?? null, at]);
    } else if (entry.kind === 'action') {
      const { action, state, params } = entry.carried;
      add(action.ruleId, [action.spec.type, state, params, entry.at]);
    }
  }
  return work;
}

function firstDifference(before: Map<string, string[]>, after: Map<string, string[]>, ruleId: string): string {
  const [a, b] = [before.get(ruleId) ?? [], after.get(ruleId) ?? []];
  const index = a.findIndex((line, place) => line !== b[place]);
  return index === -1 ? `also ${b[a.length]}` : `${b[index] ?? 'nothing'} instead of ${a[index]}`;
}

function isSame(a: Session | undefined, b: Session | undefined): boolean {
  return toText(a) === toText(b);
}

function toText(session: Session | undefined): string {
  return canonicalJson(fieldsOf(session));
}

/** The names of the fields that differ. */
function differenceOf(a: Session | undefined, b: Session | undefined): string {
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.filter((name) => canonicalJson(left[name] ?? null) !== canonicalJson(right[name] ?? null)).join(', ');
}

/** Without what is undefined, which no JSON has. */
function fieldsOf(session: Session | undefined): Record<string, Json> {
  const fields: [string, Json][] = [];
  for (const [name, value] of Object.entries(session ?? {})) if (value !== undefined) fields.push([name, value]);
  return Object.fromEntries(fields);
}
