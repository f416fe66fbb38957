import { formatDuration } from '../domain/duration.ts';
import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import { type Cause, type Draft, openEpisodes, recordDecision, saveEpisode, stateFacts } from './draft.ts';
import { endEpisode, endReason } from './episodes.ts';
import { emit, fireReady, forgo, modeOf, type Ready, resolveAlerts, withNextStep } from './fire.ts';

/**
 * What falls due at one instant for one subject: holds that have lasted long enough, and steps of ladders. All events
 * up to and including that instant have been judged before.
 */
export async function judgeDue(draft: Draft, at: number): Promise<void> {
  const cause: Cause = { at };
  const due = openEpisodes(draft).filter((episode) => episode.nextAt !== undefined && episode.nextAt <= at);
  const ready: Ready[] = [];
  for (const episode of due) {
    const rule = draft.ruleset.active.get(episode.ruleId);
    if (rule === undefined) endWithoutRule(draft, episode, cause);
    else if (episode.state === 'fired') judgeStep(draft, episode, rule, cause);
    else {
      const candidate = await judgeHoldDue(draft, episode, rule, cause);
      if (candidate !== undefined) ready.push(candidate);
    }
  }
  fireReady(draft, ready);
}

/** A rule that was removed or switched off ends its episodes; what it had begun is not escalated further. */
export function endWithoutRule(draft: Draft, episode: Episode, cause: Cause): void {
  endEpisode(draft, episode, undefined, cause, `rule ${episode.ruleId} is not in force any more`);
}

async function judgeHoldDue(draft: Draft, episode: Episode, rule: Rule, cause: Cause): Promise<Ready | undefined> {
  if (rule.trigger.kind !== 'hold') {
    endWithoutRule(draft, episode, cause);
    return undefined;
  }
  const dueAt = episode.startedAt + rule.trigger.forMs;
  if (dueAt > cause.at) {
    // The rule was edited to wait longer: the start is kept, the new text is judged.
    saveEpisode(draft, { ...episode, dueAt, dueSetAt: draft.now, nextAt: dueAt });
    return undefined;
  }
  const facts = stateFacts(draft, cause.at);
  const evaluation = await draft.ruleset.evaluator.evaluate(rule, facts, cause.at);
  if (!evaluation.ok) {
    recordDecision(draft, rule, cause, 'error', evaluation.reason, { episodeId: episode.id });
    endEpisode(draft, episode, rule, cause, 'its conditions could not be evaluated');
    return undefined;
  }
  if (!evaluation.result) {
    const reason = endReason(rule, draft.session);
    recordDecision(draft, rule, cause, 'stale', reason, { episodeId: episode.id, trace: evaluation.trace });
    endEpisode(draft, episode, rule, cause, reason, evaluation.trace);
    return undefined;
  }
  // Lateness counts from when it could be known: an edit of the rule or a late event may set a due time in the past.
  const knownAt = Math.max(episode.dueAt, episode.dueSetAt);
  const candidate: Ready = { rule, cause, facts, trace: evaluation.trace, episode, dueAt: knownAt };
  const lateMs = draft.now - knownAt;
  if (lateMs > rule.maxLateMs) {
    forgo(draft, candidate, 'expired', lateReason(lateMs, rule));
    return undefined;
  }
  return candidate;
}

function lateReason(lateMs: number, rule: Rule): string {
  return `due ${formatDuration(lateMs)} ago, which is later than its maxLate of ${formatDuration(rule.maxLateMs)}`;
}

function judgeStep(draft: Draft, episode: Episode, rule: Rule, cause: Cause): void {
  const step = rule.steps[episode.stepsDone];
  const number = episode.stepsDone + 1;
  const advanced = withNextStep({ ...episode, stepsDone: number }, rule);
  if (step === undefined || episode.firedAt === undefined) {
    saveEpisode(draft, withNextStep(episode, rule));
    return;
  }
  const dueAt = episode.firedAt + step.afterMs;
  if (dueAt > cause.at) {
    saveEpisode(draft, { ...episode, nextAt: dueAt });
    return;
  }
  saveEpisode(draft, advanced);
  const details = { episodeId: episode.id, step: number };
  if (episode.acknowledgedAt !== undefined && step.unless === 'acknowledged') {
    const when = new Date(episode.acknowledgedAt).toISOString();
    recordDecision(draft, rule, cause, 'skipped', `acknowledged at ${when}`, details);
  } else if (draft.now - dueAt > rule.maxLateMs) {
    recordDecision(draft, rule, cause, 'expired', lateReason(draft.now - dueAt, rule), details);
  } else {
    const reason = `step ${number} of the ladder, ${formatDuration(step.afterMs)} after the firing`;
    recordDecision(
      draft,
      rule,
      cause,
      modeOf(rule) === 'shadow' || episode.mode === 'shadow' ? 'shadow' : 'fired',
      reason,
      details,
    );
    const facts = stateFacts(draft, cause.at);
    const { actions: specs } = step;
    emit(draft, { rule, specs, episode: advanced, identity: episode.id, step: String(number), facts, cause, dueAt });
  }
  endFinishedLadder(draft, episode.id, cause);
}

/** An event rule's ladder on something that is no open chat has nothing to end it but its own last step. */
function endFinishedLadder(draft: Draft, id: string, cause: Cause): void {
  const episode = draft.episodes.get(id);
  const chatIsOpen = draft.session !== undefined && draft.session.status !== 'ENDED';
  if (episode === undefined || episode.kind !== 'event' || episode.nextAt !== undefined || chatIsOpen) return;
  saveEpisode(draft, { ...episode, endedAt: cause.at, endReason: 'its last step is done' });
  resolveAlerts(draft, episode, cause, 'its last step is done');
}
