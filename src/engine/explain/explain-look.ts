import type { Decision } from '../../domain/decision.ts';
import type { Episode } from '../../domain/episode.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import { MASKED, type Trace } from '../../domain/trace.ts';
import { isKnownValue } from '../../domain/vocabulary.ts';
import { takesParams } from '../catalogue/params.ts';
import { runtimeName } from '../computed/rule-reads.ts';
import type { Draft } from '../draft.ts';
import type { Facts } from '../facts.ts';
import { decide, type UnknownValue } from '../unknown-values.ts';
import { comparedFields } from './compared-fields.ts';
import { leavesOf, toConditionTree } from './condition-tree.ts';
import { createFullEvaluation } from './evaluate-fully.ts';
import type { ExplainedCondition, Gate, GateName, LookExplanation, Verdict } from './explanation.ts';
import { draftOf, type FactsOfLook, factsOfLook, type SeenLook } from './facts-of-look.ts';
import { type Asked, findGates, isOfLadder, LIFE } from './gates-of-look.ts';
import { findSmallestChange, withValue } from './smallest-change.ts';
import { toChanges } from './to-changes.ts';

export interface LookOptions {
  /** The decision that is explained, of several at one look; default: the one that tells most. */
  decision?: Decision | undefined;
  /** Its trace as it was recorded: what cannot be known any more is taken from it. */
  recorded?: Trace | undefined;
  /** The event itself is not kept any more. */
  isEventRemoved?: boolean;
}

export interface ExplainedLook extends LookExplanation {
  /** Undefined where nothing was worth a decision. */
  decision: Decision | undefined;
  /** How many comparisons met a value that nobody knows any more, and how many were taken from the record. */
  lost: { unknown: number; fromRecord: number };
}

/** Explains what one call of the heart made of one rule. */
export async function explainLook(seen: SeenLook, rule: Rule, options: LookOptions = {}): Promise<ExplainedLook> {
  const draft = draftOf(seen);
  const decision = options.decision ?? pickDecision(seen, rule);
  const episode = episodeOf(seen, rule, decision);
  const judged = isOfLadder(decision) ? undefined : await judgeAnew(seen, draft, rule, options);
  const tree = judged?.tree;
  const verdict = verdictOf({ seen, rule, decision, episode, tree });
  const at = firingMomentOf(seen, rule, episode, verdict);
  const asked: Asked = { seen, draft, rule, at, episode, tree, unknown: judged?.unknown ?? [], decision };
  const decidedBy = gateOf(verdict, asked);
  const gates = withStatus(findGates(asked), decidedBy);
  return {
    verdict,
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(tree === undefined ? {} : { conditions: tree }),
    gates,
    changes: await toChanges({ verdict, rule, gates, turn: async (wanted) => judged?.turn(wanted) }),
    decision,
    lost: judged?.lost ?? { unknown: 0, fromRecord: 0 },
  };
}

/** Of several decisions at one look the one that says what became of the firing, else the last. */
export function pickDecision({ effects }: Pick<SeenLook, 'effects'>, rule: Pick<Rule, 'id'>): Decision | undefined {
  const own = effects.decisions.filter(({ ruleId }) => ruleId === rule.id);
  return own.find(({ outcome }) => !LIFE.has(outcome)) ?? own.at(-1);
}

function episodeOf({ effects, after }: SeenLook, { id }: Rule, decision: Decision | undefined): Episode | undefined {
  const all = [...effects.episodes, ...after.episodes];
  return all.find((one) => one.id === decision?.episodeId) ?? after.episodes.find(({ ruleId }) => ruleId === id);
}

interface JudgedAnew {
  tree: ExplainedCondition | undefined;
  unknown: UnknownValue[];
  lost: ExplainedLook['lost'];
  turn(wanted: boolean): ReturnType<typeof findSmallestChange>;
}

async function judgeAnew(
  seen: SeenLook,
  draft: Draft,
  rule: Rule,
  { recorded, isEventRemoved = false }: LookOptions,
): Promise<JudgedAnew> {
  const evaluate = createFullEvaluation(rule, seen.ruleset);
  const made = factsOfLook(draft, rule, seen);
  const { at } = seen.look;
  const trace = await evaluate(made.facts, at, made.runtime);
  const open = seen.ruleset.openConditions.get(rule.id);
  const { isPartial, facts } = made;
  const tree = trace && toConditionTree(trace, { draft, open, isPartial, facts, isEventRemoved, recorded });
  const leaves = tree === undefined ? [] : leavesOf(tree);
  const lost = leaves.filter(({ unknown }) => unknown === 'personal' || unknown === 'not_kept').length;
  const completed = completeFrom(made, tree, trace);
  return {
    tree,
    unknown: trace?.result === true && rule.onUnknown !== 'match' ? unknownOf(draft, rule, trace) : [],
    lost: { unknown: lost, fromRecord: completed.count },
    async turn(wanted) {
      if (tree === undefined || lost > 0 || tree.verdict === wanted) return undefined;
      const types = rule.trigger.kind === 'event' ? rule.trigger.on : undefined;
      const others = comparedFields(rule.conditions, seen.ruleset.conditions);
      return findSmallestChange({ tree, ...completed, at, evaluate, others, types }, wanted);
    },
  };
}

/** The facts with the values that only the record knows. */
function completeFrom(
  { facts, runtime }: FactsOfLook,
  tree: ExplainedCondition | undefined,
  trace: Trace | undefined,
): { facts: Facts; runtime: ReadonlyMap<string, JsonObject>; count: number } {
  const evaluated = trace === undefined ? [] : tracedLeaves(trace);
  let completed = facts;
  let computed = runtime;
  let count = 0;
  for (const [index, leaf] of (tree === undefined ? [] : leavesOf(tree)).entries()) {
    const { fact, path = '$', params, actual, verdict } = leaf;
    if (verdict === undefined || JSON.stringify(actual) === JSON.stringify(evaluated[index]?.actual)) continue;
    count += 1;
    if (actual === MASKED) continue;
    if (takesParams(fact)) {
      const name = runtimeName(fact, (params ?? {}) as Parameters<typeof runtimeName>[1]);
      computed = new Map([...computed, [name, withValue(computed.get(name), path, actual)]]);
    } else completed = { ...completed, [fact]: withValue(completed[fact as keyof Facts], path, actual) };
  }
  return { facts: completed, runtime: computed, count };
}

function tracedLeaves(trace: Trace): { actual?: Json }[] {
  return trace.op === 'leaf' ? [trace] : trace.of.flatMap(tracedLeaves);
}

/** The values never seen before on which conditions rest that hold. */
function unknownOf({ ruleset, known }: Draft, rule: Rule, trace: Trace): UnknownValue[] {
  const met: UnknownValue[] = [];
  const isUnknown = ({ vocabulary, value }: UnknownValue) => !isKnownValue(vocabulary, value, known.vocabulary);
  return decide(ruleset.openConditions.get(rule.id), trace, isUnknown, met) === true ? [] : met;
}

interface Judged {
  seen: SeenLook;
  rule: Rule;
  decision: Decision | undefined;
  episode: Episode | undefined;
  tree: ExplainedCondition | undefined;
}

function verdictOf({ seen, rule, decision, episode, tree }: Judged): Verdict {
  if (decision !== undefined) return decision.outcome;
  if (rule.mode === 'off') return 'off';
  if (rule.trigger.kind === 'schedule') return seen.look.kind === 'tick' ? 'not_matched' : 'never_asked';
  if (rule.trigger.kind === 'event') return verdictOfEvent(seen, rule.trigger, episode);
  if (episode === undefined || episode.endedAt !== undefined) return 'not_matched';
  if (episode.falseSince !== undefined) return 'kept';
  if (episode.state === 'fired') return tree?.verdict === false ? 'not_matched' : 'already_fired';
  if (episode.state === 'running') return episode.inhibitedSince === undefined ? 'waiting' : 'inhibited';
  return 'given_up';
}

function verdictOfEvent(
  { look, before }: SeenLook,
  { on, late }: Extract<Rule['trigger'], { kind: 'event' }>,
  episode: Episode | undefined,
): Verdict {
  if (episode?.state === 'running') return episode.inhibitedSince === undefined ? 'waiting' : 'inhibited';
  if (look.kind !== 'event' || !on.includes(look.event.type)) return 'never_asked';
  const isLate = before.session !== undefined && look.event.at < before.session.lastEventAt;
  return isLate && !late ? 'late' : 'not_matched';
}

/** When the gates of a firing are asked: at the due time of a hold that runs, else at the look. */
function firingMomentOf({ look }: SeenLook, rule: Rule, episode: Episode | undefined, verdict: Verdict): number {
  const runs = verdict === 'armed' || verdict === 'waiting' || verdict === 'kept';
  return rule.trigger.kind === 'hold' && runs && episode !== undefined ? Math.max(look.at, episode.dueAt) : look.at;
}

/** The gate that a verdict was decided by. */
function gateOf(verdict: Verdict, { rule, decision, unknown }: Asked): GateName | undefined {
  switch (verdict) {
    case 'fired':
      return undefined;
    case 'not_matched':
    case 'disarmed':
    case 'resolved':
    case 'stale':
    case 'error':
      return 'conditions';
    case 'armed':
    case 'waiting':
      return rule.trigger.kind === 'event' ? 'calendar' : 'hold';
    case 'kept':
    case 'already_fired':
    case 'given_up':
      return 'hold';
    case 'limited':
      return 'limit';
    case 'excluded':
      return 'exclusive';
    case 'silenced':
      return 'silence';
    case 'inhibited':
      return 'inhibition';
    case 'closed':
      return 'calendar';
    case 'expired':
      return 'lateness';
    case 'skipped':
      return isOfLadder(decision) || unknown.length === 0 ? 'acknowledgement' : 'unknown';
    case 'shadow':
    case 'off':
      return 'mode';
    default:
      return 'trigger';
  }
}

function withStatus(found: readonly Omit<Gate, 'status'>[], decidedBy: GateName | undefined): Gate[] {
  const place = found.findIndex(({ name }) => name === decidedBy);
  return found.map((gate, index): Gate => {
    const status = place < 0 || index < place ? 'passed' : index === place ? 'failed' : 'not_reached';
    return { ...gate, status } as Gate;
  });
}
