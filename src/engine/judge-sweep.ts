import { parseSubject } from '../domain/desk-subject.ts';
import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { comeBack, leave, withhold } from './absence.ts';
import {
  type Cause,
  type Draft,
  findOpenHold,
  openEpisodes,
  recordDecision,
  saveEpisode,
  stateFacts,
} from './draft.ts';
import { modeOf } from './emit.ts';
import { endEpisode, endWithoutRule } from './end-episode.ts';
import { armEpisode, episodeValues, moveEpisode } from './episodes.ts';
import type { Facts } from './facts.ts';
import { closedAt } from './hours.ts';
import { withNextLook } from './next-look.ts';
import { judgeConditions } from './unknown-values.ts';

/**
 * A chat meets a ruleset that came into force at `loadedAt`: rules that are new hold it from the later of its status
 * and the loading (so that a deploy starts no storm); of edited rules the running holds go the way of `onEdit`, and what
 * has fired goes on by the new text; what belongs to rules that are gone ends. Doing this twice changes nothing.
 */
export function judgeSweep(draft: Draft, changedRules: ReadonlySet<string>, loadedAt: number): void {
  const cause: Cause = { at: Math.max(loadedAt, draft.session?.lastEventAt ?? 0), ruleset: draft.ruleset.hash };
  for (const episode of openEpisodes(draft)) {
    if (!changedRules.has(episode.ruleId)) continue;
    const rule = draft.ruleset.active.get(episode.ruleId);
    if (rule === undefined || !isOfItsRule(draft, episode, rule)) endWithoutRule(draft, episode, cause);
    else if (episode.kind !== 'hold') goOn(draft, episode, rule, cause);
  }
  if (draft.session === undefined) return;
  const facts = stateFacts(draft, cause.at);
  for (const ruleId of changedRules) {
    const rule = draft.ruleset.active.get(ruleId);
    if (rule?.trigger.kind !== 'hold') continue;
    const evaluation = judgeConditions(draft, rule, facts, cause.at);
    if (!evaluation.ok) {
      recordDecision(draft, rule, cause, 'error', evaluation.reason);
      continue;
    }
    const { trace } = evaluation;
    const open = findOpenHold(draft, ruleId);
    if (evaluation.withheld !== undefined) {
      withhold(draft, rule, open, cause, { withheld: evaluation.withheld, trace });
    } else if (!evaluation.result) {
      if (open !== undefined) leave(draft, open, rule, cause, trace);
    } else if (open === undefined) armFromLoading(draft, rule, cause, { facts, trace, loadedAt });
    else meetEdit(draft, comeBack(draft, open, rule, cause), rule, cause, { facts, trace, loadedAt });
  }
}

interface Meeting {
  facts: Facts;
  trace: Trace;
  loadedAt: number;
}

function armFromLoading(draft: Draft, rule: Rule, cause: Cause, { facts, trace, loadedAt }: Meeting): void {
  const { session } = draft;
  const at = Math.max(session?.statusSince ?? session?.lastEventAt ?? loadedAt, loadedAt);
  const by = episodeValues(rule, facts);
  armEpisode(draft, rule, { at, approximate: false, origin: 'load', by, trace }, cause);
}

/** An open hold of an edited rule whose conditions hold by the new text too. */
function meetEdit(draft: Draft, open: Episode, rule: Rule, cause: Cause, meeting: Meeting): void {
  const met = { by: episodeValues(rule, meeting.facts), ruleHash: rule.contentHash };
  const episode = saveEpisode(draft, { ...open, ...met });
  if (episode.state !== 'running') {
    if (episode.state === 'fired') goOn(draft, episode, rule, cause);
    return;
  }
  // One that began after the loading was begun by the new text.
  const onEdit = episode.startedAt < meeting.loadedAt ? rule.onEdit : 'keep';
  if (onEdit === 'restart') {
    endEpisode(draft, episode, rule, cause, { reason: 'the rule was edited, and its hold starts anew' });
    armFromLoading(draft, rule, cause, meeting);
  } else if (onEdit === 'cancel') {
    const reason = 'the rule was edited, and gives up the holds that were running';
    const { nextAt: _, ...rest } = episode;
    saveEpisode(draft, { ...rest, state: 'cancelled', endReason: reason });
    recordDecision(draft, rule, cause, 'disarmed', reason, { episodeId: episode.id });
  } else {
    const current = saveEpisode(draft, { ...episode, mode: modeOf(rule) });
    const move = { startedAt: episode.startedAt, why: 'the rule was edited', notBefore: cause.at };
    moveEpisode(draft, rule, current, move, cause);
    goOn(draft, draft.episodes.get(episode.id) ?? current, rule, cause);
  }
}

/** By the new text; what is due by it already is judged now. What waits for a calendar to open may find it open. */
function goOn(draft: Draft, episode: Episode, rule: Rule, cause: Cause): void {
  const opening = closedAt(draft.ruleset, rule, cause.at)?.waitsUntil;
  if (episode.kind === 'event' && episode.state === 'running') {
    const wait = opening === undefined ? { nextAt: cause.at } : { dueAt: opening, dueSetAt: opening, nextAt: opening };
    saveEpisode(draft, { ...episode, ...wait });
    return;
  }
  const next = withNextLook(draft, episode, rule, cause.at);
  // Due, and waiting for the same opening as before.
  if (next.nextAt === cause.at && opening !== undefined && episode.nextAt === opening) return;
  saveEpisode(draft, next);
}

/** A rule of another kind has nothing more to do with what it had begun; nor has one that is judged for others now. */
function isOfItsRule({ ruleset, subject }: Draft, { ruleId, kind }: Episode, rule: Rule): boolean {
  if (rule.trigger.kind !== kind) return false;
  return kind !== 'schedule' || ruleset.reads.get(ruleId)?.subject === parseSubject(subject)?.kind;
}
