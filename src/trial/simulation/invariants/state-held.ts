import type { Decision } from '../../../domain/decision.ts';
import type { Rule } from '../../../domain/rule.ts';
import type { Session } from '../../../domain/session.ts';
import type { CompiledRuleset } from '../../../engine/compile.ts';
import { channelFacts, clockFacts, type Facts, type KnownChannel, sessionFacts } from '../../../engine/facts.ts';
import type { Entry } from '../../trial.ts';
import { isActing } from '../report.ts';
import type { Finding } from './finding.ts';

/** The chat as it stood from an instant on (epoch ms). */
export interface Snapshot {
  at: number;
  session: Session;
}

export interface StateHeldInput {
  record: readonly Entry[];
  /** In order; a chat whose events came late is not known well enough. */
  snapshots: readonly Snapshot[];
  ruleset: CompiledRuleset;
  channels: ReadonlyMap<string, KnownChannel>;
}

/** Nothing comes of an episode that is over. */
export function findFiringsAfterEnd(record: readonly Entry[]): Finding[] {
  const over = new Set<string>();
  return record.flatMap((entry): Finding[] => {
    if (entry.kind !== 'decision') return [];
    const { outcome, episodeId = '' } = entry.decision;
    if (outcome === 'resolved' || outcome === 'disarmed') over.add(episodeId);
    return isActing(entry.decision) && over.has(episodeId) ? [toFinding(entry, 'its episode was over')] : [];
  });
}

/**
 * A hold fires, climbs and repeats only while its conditions hold, and not before they have held for its whole time. Told
 * from the chat itself at each instant, without a look at the episodes' own clocks.
 */
export async function findFiringsWithoutState(input: StateHeldInput): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const entry of input.record) {
    if (entry.kind !== 'decision' || !isActing(entry.decision)) continue;
    const rule = input.ruleset.active.get(entry.decision.ruleId);
    if (rule?.trigger.kind !== 'hold') continue;
    const detail = await findGap(entry.decision, rule, input);
    if (detail !== undefined) findings.push(toFinding(entry, detail));
  }
  return findings;
}

function toFinding({ at, decision }: Extract<Entry, { kind: 'decision' }>, detail: string): Finding {
  const { ruleId, sessionId } = decision;
  const finding: Finding = { invariant: 'stateHeld', ruleId, at, detail, wrongDecisions: new Set([decision]) };
  return sessionId === undefined ? finding : { ...finding, sessionId };
}

/**
 * With `keepFor` the conditions may be false for a while, a business clock counts otherwise, and what is computed is not
 * known here: those go by their episode.
 */
async function findGap(
  { at, step = 0, repeat }: Decision,
  rule: Rule,
  { snapshots, ruleset, channels }: StateHeldInput,
): Promise<string | undefined> {
  const reads = ruleset.reads.get(rule.id);
  const isComputed = reads !== undefined && (reads.computed.length > 0 || reads.agent || reads.channel);
  if (rule.trigger.kind !== 'hold' || rule.keepForMs > 0 || isComputed) return undefined;
  const isFirst = step === 0 && repeat === undefined;
  const since = isFirst && rule.clock === 'wall' ? at - rule.trigger.forMs : at;
  // What is in force at `since`, and all that comes after it.
  const from = snapshots.findLastIndex((one) => one.at <= since);
  if (from === -1) return 'it was not known that long';
  for (const snapshot of snapshots.slice(from)) {
    if (snapshot.at > at) break;
    const facts = factsOf(snapshot, Math.max(since, snapshot.at), ruleset, channels);
    const evaluation = await ruleset.evaluator.evaluate(rule, facts, at);
    if (evaluation.ok && !evaluation.result) return `its conditions did not hold in ${snapshot.session.status}`;
  }
  return undefined;
}

function factsOf(
  { session }: Snapshot,
  at: number,
  { calendars, directory }: CompiledRuleset,
  channels: ReadonlyMap<string, KnownChannel>,
): Facts {
  const known = session.channelId === undefined ? undefined : channels.get(session.channelId);
  return {
    session: sessionFacts(session),
    channel: channelFacts(session.channelId, session.integration, directory, known),
    clock: clockFacts(at, calendars),
  };
}
