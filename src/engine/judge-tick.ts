import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import { byPriority } from './compile.ts';
import { aboutOf } from './computed/about.ts';
import { gatherComputed } from './computed/gather-computed.ts';
import { type Cause, type Draft, findOpenSchedule, recordDecision, stateFacts } from './draft.ts';
import { modeOf } from './emit.ts';
import { endEpisode } from './end-episode.ts';
import { fireReady, type Ready } from './fire.ts';
import { isTooLate, lateReason } from './lateness.ts';
import { judgeConditions, withheldReason } from './unknown-values.ts';

/** A moment of a schedule rule's `every`, for one subject. Epoch ms. */
export interface Tick {
  ruleId: string;
  at: number;
}

/**
 * The schedule rules that are judged at one instant. Ticks in a row at which the conditions hold are one episode: each
 * fires, the first opens the episode, and the one at which they do not hold ends it.
 */
export function judgeTicks(draft: Draft, at: number, ticks: readonly Tick[]): void {
  const cause: Cause = { at };
  const ready: Ready[] = [];
  const rules = new Set(ticks.flatMap(({ ruleId }) => draft.ruleset.active.get(ruleId) ?? []));
  for (const rule of [...rules].sort(byPriority)) {
    if (rule.trigger.kind !== 'schedule') continue;
    const candidate = judgeTick(draft, rule, cause);
    if (candidate !== undefined) ready.push(candidate);
  }
  fireReady(draft, ready);
}

function judgeTick(draft: Draft, rule: Rule, cause: Cause): Ready | undefined {
  const open = findOpenSchedule(draft, rule.id);
  const known = gatherComputed(draft, rule, stateFacts(draft, cause.at), { at: cause.at, now: cause.at });
  if (known === undefined) return undefined;
  const evaluation = judgeConditions(draft, rule, known.facts, cause.at, known.runtime);
  if (!evaluation.ok) {
    recordDecision(draft, rule, cause, 'error', evaluation.reason, { episodeId: open?.id });
    return undefined;
  }
  const { result, withheld } = evaluation;
  if (withheld !== undefined) {
    recordDecision(draft, rule, cause, 'skipped', withheldReason(withheld), {
      episodeId: open?.id,
      trace: evaluation.trace,
    });
  }
  if (!result) {
    if (open !== undefined)
      endEpisode(draft, open, rule, cause, { reason: 'the conditions no longer hold', trace: evaluation.trace });
    return undefined;
  }
  if (isTooLate(draft, rule, cause.at)) {
    const reason = lateReason(draft, rule, cause.at);
    recordDecision(draft, rule, cause, 'expired', reason, { episodeId: open?.id, step: 0, trace: evaluation.trace });
    return undefined;
  }
  const { trace } = evaluation;
  return { rule, cause, facts: known.facts, trace, episode: open ?? newEpisode(draft, rule, cause), dueAt: cause.at };
}

/** It is kept once it has fired: a tick that is held back or over its limit leaves nothing but its decision. */
function newEpisode(draft: Draft, rule: Rule, { at }: Cause): Episode {
  const episode: Episode = {
    orgId: draft.orgId,
    id: `${rule.id}:${draft.subject}:${at}:tick`,
    ruleId: rule.id,
    subject: draft.subject,
    mode: modeOf(rule),
    kind: 'schedule',
    state: 'running',
    startedAt: at,
    approximate: false,
    dueAt: at,
    dueSetAt: at,
    stepsDone: 0,
    repeatsDone: 0,
    pausedMs: 0,
    firings: 0,
    by: [],
    alertIds: [],
  };
  const { channelId } = aboutOf(draft);
  if (channelId !== undefined) episode.channelId = channelId;
  return episode;
}
