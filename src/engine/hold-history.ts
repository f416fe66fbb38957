import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import { type Cause, type Draft, saveEpisode, stateFacts } from './draft.ts';
import { episodeValues, moveEpisode, sameValues } from './episodes.ts';
import type { History } from './fold-session.ts';
import { withNextLook } from './next-look.ts';
import { judgeConditions } from './unknown-values.ts';

/**
 * What the history of a chat says of a hold: where the stretch began at whose end we stand, and since when the conditions
 * have been false, if they are. Asked only where an event came late or at the millisecond of another.
 */
export interface Stretch {
  at: number;
  approximate: boolean;
  /** Since when the conditions have held without any break, if they hold: what fell due before, did so in an absence. */
  heldSince?: number;
  falseSince?: number;
}

/** Whether this is the first that we hear of the status, and the chat was already in it. */
export function isFirstSight(session: Session | undefined): boolean {
  return session?.statusSinceApproximate === true && session.statusSince === session.lastEventAt;
}

/**
 * The chat as it was, unseen, just before a status event whose old status is not the one that we had; undefined when there
 * is no such gap.
 */
export function unseenBefore(session: Session | undefined, from: string | undefined): Session | undefined {
  if (session?.status === undefined || from === undefined || from === session.status) return undefined;
  return { ...session, status: from };
}

/** Whether the conditions do not hold of a state that was not seen: then whatever they held of before was broken. */
export function isBrokenBy(draft: Draft, rule: Rule, unseen: Session, at: number): boolean {
  const evaluation = judgeConditions(draft, rule, stateFacts(draft, at, unseen), at);
  return evaluation.ok && !evaluation.result;
}

/**
 * The stretch at whose end we stand: the unbroken run of states that meet the conditions, where those that do not meet
 * them for no longer than `keepFor` break nothing.
 * @param standing an episode that is known to have lasted from its start to `until`
 */
export function findStretch(
  draft: Draft,
  rule: Rule,
  by: readonly (string | null)[],
  { entries, states }: History,
  standing?: { from: Episode; until: number },
): Stretch | undefined {
  let start: Stretch | undefined;
  let heldSince: number | undefined;
  let falseSince: number | undefined;
  let sawFalse = false;
  /** When the conditions came back after the false states that we are among; absent: they have not. */
  let returnedAt: number | undefined;
  for (let index = states.length - 1; index >= 0; index -= 1) {
    const session = states[index];
    if (session === undefined) break;
    const { lastEventAt: at } = session;
    const stood = standing !== undefined && at < standing.until && at >= standing.from.startedAt;
    if (stood && rule.keepForMs === 0) return { at: standing.from.startedAt, approximate: standing.from.approximate };
    const facts = stateFacts(draft, at, session);
    const evaluation = judgeConditions(draft, rule, facts, at);
    if (!evaluation.ok || !sameValues(episodeValues(rule, facts), by)) break;
    if (!evaluation.result) {
      sawFalse = true;
      if (returnedAt === undefined) falseSince = at;
      else if (rule.keepForMs === 0 || returnedAt - at > rule.keepForMs) break;
      continue;
    }
    // Without a break: no false state lies between this one and the end.
    if (!sawFalse) heldSince = at;
    const since = { ...(heldSince !== undefined && { heldSince }), ...(falseSince !== undefined && { falseSince }) };
    if (stood) return { at: standing.from.startedAt, approximate: standing.from.approximate, ...since };
    start = { at, approximate: isFirstSight(session), ...since };
    returnedAt = at;
    const entry = entries[index];
    const unseen = entry?.kind === 'transition' ? unseenBefore(states[index - 1], entry.entry.from) : undefined;
    if (unseen !== undefined && rule.keepForMs === 0 && isBrokenBy(draft, rule, unseen, at)) break;
  }
  return start;
}

/** A late event may show that a hold which has not fired began at another moment, or ceased at another. */
export function moveByHistory(draft: Draft, rule: Rule, episode: Episode, history: History, cause: Cause): void {
  // Between the start and this event nothing has changed, so what held then need not be judged again.
  const stretch = findStretch(draft, rule, episode.by, history, { from: episode, until: cause.at });
  if (stretch === undefined) return;
  let current = episode;
  if (stretch.falseSince !== undefined && stretch.falseSince !== current.falseSince) {
    current = saveEpisode(draft, withNextLook(draft, { ...current, falseSince: stretch.falseSince }, rule));
  }
  if (current.state !== 'running' || stretch.at === current.startedAt) return;
  // A chat that was there before the rule was is held from the rule's loading, whatever its history shows.
  if (current.id.endsWith(':load') && stretch.at < current.startedAt) return;
  const moved = { ...current, approximate: stretch.approximate };
  const { at: startedAt, heldSince } = stretch;
  const why = 'a late event moved the start';
  moveEpisode(draft, rule, moved, { startedAt, why, ...(heldSince !== undefined && { notBefore: heldSince }) }, cause);
}
