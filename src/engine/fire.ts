import { formatDuration } from '../domain/duration.ts';
import type { Episode } from '../domain/episode.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { Rule } from '../domain/rule.ts';
import type { Trace } from '../domain/trace.ts';
import { byPriority } from './compile.ts';
import { type Cause, type Draft, momentOf, recordDecision, saveEpisode } from './draft.ts';
import { emit, modeOf } from './emit.ts';
import { endEventEpisode } from './end-episode.ts';
import { makeEventEpisode, outlivesItsFiring, waitForOpening } from './event-episode.ts';
import type { Facts } from './facts.ts';
import { findGate, findLimit } from './gates.ts';
import { passesInhibition } from './inhibition.ts';
import { withNextLook } from './next-look.ts';
import { decideAloud } from './silences.ts';

/**
 * Firing: of the rules that are ready at one event or instant, which act. In order of priority, each is asked its calendar,
 * gives way to a live one of its exclusive group that has already acted, then those of `inhibitedBy` and its limit are
 * asked, then its actions are queued. A rule that is held back or over its limit leaves the group's place to the next, so
 * that a fallback can be written.
 */
export interface Ready {
  rule: Rule;
  cause: Cause;
  facts: Facts;
  trace: Trace;
  /** The hold that fell due, or the event that waited; absent for an event rule at its event. */
  episode?: Episode;
  /** From when lateness counts, epoch ms. */
  dueAt: number;
}

export function fireReady(draft: Draft, ready: readonly Ready[]): void {
  const taken = new Map<string, string>();
  for (const candidate of [...ready].sort((a, b) => byPriority(a.rule, b.rule))) {
    const { rule } = candidate;
    const gate = findGate(draft, candidate, taken);
    if (gate?.waitsUntil !== undefined) {
      waitForOpening(draft, candidate, { opening: gate.waitsUntil, reason: gate.reason });
    } else if (gate !== undefined) {
      forgo(draft, candidate, gate.outcome, gate.reason);
    } else if (passesInhibition(draft, candidate) && passesLimit(draft, candidate)) {
      fire(draft, candidate);
      if (rule.exclusive !== undefined && rule.mode === 'live') taken.set(rule.exclusive, rule.id);
    }
  }
}

function passesLimit(draft: Draft, candidate: Ready): boolean {
  const reason = findLimit(draft, candidate);
  if (reason !== undefined) forgo(draft, candidate, 'limited', reason);
  return reason === undefined;
}

/**
 * A firing that is not carried out: the episode of a hold stays open, inert, until the conditions end; that of an event that
 * waited is over.
 */
export function forgo(
  draft: Draft,
  { rule, cause, trace, episode }: Pick<Ready, 'rule' | 'cause' | 'episode'> & { trace?: Trace },
  outcome: 'excluded' | 'limited' | 'expired' | 'closed',
  reason: string,
): void {
  recordDecision(draft, rule, cause, outcome, reason, { episodeId: episode?.id, step: 0, trace });
  // Of a schedule rule the next tick looks again.
  if (episode === undefined || episode.kind === 'schedule') return;
  const { nextAt: _, ...rest } = episode;
  const given: Episode = { ...rest, state: outcome === 'expired' ? 'expired' : 'cancelled', endReason: reason };
  saveEpisode(draft, given);
  if (given.kind === 'event') endEventEpisode(draft, given, { at: cause.at }, reason);
}

function fire(draft: Draft, { rule, cause, facts, trace, episode, dueAt }: Ready): void {
  const firing = episode === undefined ? openEventEpisode(draft, rule, cause) : markFired(draft, rule, cause, episode);
  const again = episode?.kind === 'schedule' && episode.firings > 0;
  const cards = again ? { cards: episode.alertIds, cardChange: 'ticked' as const } : {};
  // At a later tick a card is edited, which notifies nobody.
  const aloud = again ? rule.actions.filter(({ type }) => type !== 'slack.alert') : rule.actions;
  const decided = decideAloud(draft, rule, aloud, cause.at, describeFiring(rule, episode, cause));
  const outcome = rule.mode === 'shadow' ? 'shadow' : decided.outcome;
  recordDecision(draft, rule, cause, outcome, decided.reason, { episodeId: firing?.id, step: 0, trace });
  const identity = identityOf(firing, cause);
  const lasts = firing?.kind !== 'event' || outlivesItsFiring(draft, rule);
  const request = { rule, specs: rule.actions, identity, step: '0', facts, cause, dueAt };
  emit(draft, { ...request, ...cards, episode: lasts ? firing : undefined });
  if (firing !== undefined && !lasts) endEventEpisode(draft, firing, { at: cause.at }, 'its event was judged');
}

/** Of a schedule's episode every tick is a firing of its own. */
function identityOf(firing: Episode | undefined, { at, event }: Cause): string {
  if (firing?.kind === 'schedule') return `${firing.id}/${at}`;
  return firing?.id ?? event?.key ?? String(at);
}

function describeFiring(rule: Rule, episode: Episode | undefined, { at }: Cause): string {
  if (episode === undefined) return 'the event met the conditions';
  if (episode.kind === 'schedule') return describeTick(episode, at);
  const since = toIsoTime(episode.startedAt);
  if (episode.kind === 'event') return `the event of ${since} met the conditions, judged when its calendar opened`;
  const forMs = rule.trigger.kind === 'hold' && rule.clock === 'wall' ? rule.trigger.forMs : 0;
  const about = episode.approximate ? ' or longer' : '';
  return `the conditions have held for ${formatDuration(Math.max(forMs, at - episode.startedAt))}${about}, since ${since}`;
}

function describeTick({ firings, startedAt }: Episode, at: number): string {
  if (firings === 0) return 'the conditions hold at this tick';
  const since = toIsoTime(startedAt);
  return `the conditions hold at this tick too: firing ${firings + 1} within ${formatDuration(at - startedAt)}, since ${since}`;
}

function markFired(draft: Draft, rule: Rule, cause: Cause, episode: Episode): Episode {
  const fired: Episode = {
    ...episode,
    state: 'fired',
    mode: modeOf(rule),
    // Steps count from the first firing of a schedule's episode.
    firedAt: episode.kind === 'schedule' ? (episode.firedAt ?? momentOf(draft, cause)) : momentOf(draft, cause),
    firings: episode.firings + 1,
  };
  return saveEpisode(draft, withNextLook(draft, fired, rule));
}

/** An event rule that opens a card or a ladder gets an episode of its own. */
function openEventEpisode(draft: Draft, rule: Rule, cause: Cause): Episode | undefined {
  if (cause.event === undefined || !outlivesItsFiring(draft, rule)) return undefined;
  return markFired(draft, rule, cause, makeEventEpisode(draft, rule, { at: cause.at, event: cause.event }));
}
