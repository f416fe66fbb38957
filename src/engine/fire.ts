import type { ActionSpec } from '../domain/action.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { byPriority } from './compile.ts';
import { type Cause, type Draft, readLimit, recordDecision, saveEpisode, writeLimit } from './draft.ts';
import { emitActions, toCardEdit } from './emit-actions.ts';
import { type Facts, holdFacts, ruleFacts } from './facts.ts';

/**
 * Firing: of the rules that are ready at one event or instant, which act. In order of priority, a rule gives way to a
 * live one of its exclusive group that has already acted, then its limit is asked, then its actions are queued.
 * A rule that is over its limit leaves the group's place to the next, so that a fallback can be written.
 */
export interface Ready {
  rule: Rule;
  cause: Cause;
  facts: Facts;
  trace: Trace;
  /** The hold that fell due; absent for an event rule. */
  episode?: Episode;
  /** From when lateness counts, epoch ms. */
  dueAt: number;
}

export function fireReady(draft: Draft, ready: readonly Ready[]): void {
  const taken = new Map<string, string>();
  for (const candidate of [...ready].sort((a, b) => byPriority(a.rule, b.rule))) {
    const { rule } = candidate;
    const winner = rule.exclusive === undefined ? undefined : taken.get(rule.exclusive);
    if (winner !== undefined) {
      forgo(draft, candidate, 'excluded', `rule ${winner} of the group "${rule.exclusive}" acted instead`);
    } else if (passesLimit(draft, candidate)) {
      fire(draft, candidate);
      if (rule.exclusive !== undefined && rule.mode === 'live') taken.set(rule.exclusive, rule.id);
    }
  }
}

/** A firing that is not carried out: its episode stays open, inert, until the conditions end. */
export function forgo(
  draft: Draft,
  { rule, cause, trace, episode }: Pick<Ready, 'rule' | 'cause' | 'episode'> & { trace?: Trace },
  outcome: 'excluded' | 'limited' | 'expired',
  reason: string,
): void {
  recordDecision(draft, rule, cause, outcome, reason, { episodeId: episode?.id, step: 0, trace });
  if (episode === undefined) return;
  const { nextAt: _, ...rest } = episode;
  saveEpisode(draft, { ...rest, state: outcome === 'expired' ? 'expired' : 'cancelled', endReason: reason });
}

function passesLimit(draft: Draft, candidate: Ready): boolean {
  const { rule, cause } = candidate;
  const { limit } = rule;
  if (limit === undefined) return true;
  const key = { ruleId: rule.id, scope: `${rule.mode === 'shadow' ? 'shadow:' : ''}${limitScope(draft, rule)}` };
  const firedAt = (readLimit(draft, key) ?? []).filter((at) => at > cause.at - limit.withinMs);
  if (firedAt.length >= limit.count) {
    const per = limit.per === 'rule' ? '' : ` for this ${limit.per}`;
    forgo(draft, candidate, 'limited', `fired ${firedAt.length} times${per} within ${formatDuration(limit.withinMs)}`);
    return false;
  }
  writeLimit(draft, key, [...firedAt, cause.at].sort((a, b) => a - b).slice(-limit.count));
  return true;
}

function limitScope(draft: Draft, rule: Rule): string {
  switch (rule.limit?.per) {
    case 'session':
      return draft.subject;
    case 'channel':
      return draft.session?.channelId ?? '';
    case 'agent':
      return draft.session?.assigneeId ?? '';
    default:
      return '';
  }
}

function fire(draft: Draft, { rule, cause, facts, trace, episode, dueAt }: Ready): void {
  const firing = episode === undefined ? openEventEpisode(draft, rule, cause) : markFired(draft, rule, cause, episode);
  const reason = episode === undefined ? 'the event met the conditions' : describeHold(rule, episode, cause.at);
  recordDecision(draft, rule, cause, rule.mode === 'shadow' ? 'shadow' : 'fired', reason, {
    episodeId: firing?.id,
    step: 0,
    trace,
  });
  const identity = firing?.id ?? cause.event?.key ?? String(cause.at);
  emit(draft, { rule, specs: rule.actions, episode: firing, identity, step: '0', facts, cause, dueAt });
}

function describeHold(rule: Rule, episode: Episode, at: number): string {
  const forMs = rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0;
  const since = new Date(episode.startedAt).toISOString();
  const about = episode.approximate ? ' or longer' : '';
  return `the conditions have held for ${formatDuration(Math.max(forMs, at - episode.startedAt))}${about}, since ${since}`;
}

/** When it is carried out: now, or by a clock that is behind the source's the moment that led to it. */
function momentOf(draft: Draft, cause: Cause): number {
  return Math.max(draft.now, cause.at);
}

function markFired(draft: Draft, rule: Rule, cause: Cause, episode: Episode): Episode {
  const { nextAt: _, ...rest } = episode;
  const fired: Episode = {
    ...rest,
    state: 'fired',
    mode: modeOf(rule),
    firedAt: momentOf(draft, cause),
    firings: episode.firings + 1,
  };
  return saveEpisode(draft, withNextStep(fired, rule));
}

export function modeOf(rule: Rule): 'live' | 'shadow' {
  return rule.mode === 'shadow' ? 'shadow' : 'live';
}

/** The episode with the moment of its next step, counted from its firing; without one when the ladder is done. */
export function withNextStep(episode: Episode, rule: Rule): Episode {
  const { nextAt: _, ...rest } = episode;
  const step = rule.steps[episode.stepsDone];
  if (step === undefined || episode.firedAt === undefined) return rest;
  return { ...rest, nextAt: episode.firedAt + step.afterMs };
}

/**
 * An event rule that opens a card or a ladder gets an episode of its own, which ends when the chat does (or, for
 * what is no open chat, after the last step): its card lives with the chat.
 */
function openEventEpisode(draft: Draft, rule: Rule, cause: Cause): Episode | undefined {
  const { event } = cause;
  const opensCard = rule.actions.some((spec) => spec.type === 'slack.alert');
  const chatIsOpen = draft.session !== undefined && draft.session.status !== 'ENDED';
  if (event === undefined || !(rule.steps.length > 0 || (opensCard && chatIsOpen))) return undefined;
  const episode: Episode = {
    orgId: draft.orgId,
    id: `${rule.id}:${draft.subject}:${cause.at}:${event.key.slice(0, 8)}`,
    ruleId: rule.id,
    subject: draft.subject,
    mode: modeOf(rule),
    kind: 'event',
    state: 'fired',
    startedAt: cause.at,
    approximate: false,
    dueAt: cause.at,
    dueSetAt: event.receivedAt,
    stepsDone: 0,
    firedAt: momentOf(draft, cause),
    firings: 1,
    by: [],
    alertIds: [],
  };
  if (draft.sessionId !== undefined) episode.sessionId = draft.sessionId;
  return saveEpisode(draft, withNextStep(episode, rule));
}

interface EmitRequest {
  rule: Rule;
  specs: readonly ActionSpec[];
  episode: Episode | undefined;
  identity: string;
  step: string;
  facts: Facts;
  cause: Cause;
  dueAt: number;
}

/** Queues the actions of a firing, a step or an episode's end. A rule in shadow decides and never acts. */
export function emit(draft: Draft, { rule, specs, episode, identity, step, facts, cause, dueAt }: EmitRequest): void {
  // What fired in shadow goes on in shadow, also when the rule has gone live since.
  if (rule.mode !== 'live' || episode?.mode === 'shadow' || specs.length === 0) return;
  const { session } = draft;
  const expected = session === undefined ? undefined : expectedOf(session.status, session.assigneeId);
  const held =
    episode === undefined ? {} : { hold: holdFacts(episode, cause.at), episode: holdFacts(episode, cause.at) };
  const { actions, alerts } = emitActions(
    {
      orgId: draft.orgId,
      rule,
      rulesetHash: draft.ruleset.hash,
      subject: draft.subject,
      sessionId: draft.sessionId,
      episode,
      identity,
      step,
      facts: { ...facts, ...held, rule: ruleFacts(rule) },
      expected,
      firedAt: cause.at,
      now: draft.now,
      expiresAt: dueAt + rule.maxLateMs,
    },
    specs,
  );
  draft.effects.actions.push(...actions);
  // A card that belongs to no episode tells of a moment: there is nothing whose end could resolve it, so it is no alert.
  if (episode === undefined) return;
  draft.effects.alerts.push(...alerts);
  if (alerts.length > 0) {
    saveEpisode(draft, { ...episode, alertIds: [...episode.alertIds, ...alerts.map((alert) => alert.id)] });
  }
}

function expectedOf(status: string | undefined, assigneeId: string | undefined) {
  return { ...(status === undefined ? {} : { status }), ...(assigneeId === undefined ? {} : { assigneeId }) };
}

/** Resolves the cards that an ending episode had opened. */
export function resolveAlerts(draft: Draft, episode: Episode, cause: Cause, reason: string): void {
  for (const id of episode.alertIds) {
    draft.effects.alertChanges.push({ id, state: 'resolved', at: cause.at, reason });
    const params = { change: 'resolved', at: new Date(cause.at).toISOString(), reason };
    const { mode: _, ...alert } = { ...episode, id, episodeId: episode.id };
    const edit = toCardEdit(alert, { version: 'resolved', params }, draft.ruleset.hash, draft.now);
    draft.effects.actions.push({ ...edit, firedAt: cause.at });
  }
}

/**
 * Ends the episodes of event rules whose chat has just ended: those that were open before it did. A ladder that the end
 * itself has set going, or that began on an ended chat, climbs to its last step.
 */
export function endEventEpisodes(draft: Draft, cause: Cause, openBefore: readonly Episode[]): void {
  for (const episode of openBefore) {
    if (episode.kind !== 'event') continue;
    const { nextAt: _, ...rest } = episode;
    const ended: Episode = { ...rest, endedAt: cause.at, endReason: 'the chat has ended' };
    if (cause.event !== undefined) ended.endedBy = cause.event.key;
    saveEpisode(draft, ended);
    resolveAlerts(draft, episode, cause, 'the chat has ended');
  }
}
