import type { Episode } from '../domain/episode.ts';
import { type DeskEvent, SESSION_STATUS_EVENT } from '../domain/event.ts';
import type { Rule } from '../domain/rule.ts';
import type { LedgerEntry, Session, Transition } from '../domain/session.ts';
import { type Cause, type Draft, findOpenHold, openEpisodes, recordDecision, stateFacts } from './draft.ts';
import { armEpisode, endEpisode, endReason, episodeValues, moveEpisode, type Start, sameValues } from './episodes.ts';
import { eventFacts, type Facts, transitionFacts } from './facts.ts';
import { endEventEpisodes, fireReady, type Ready } from './fire.ts';
import { addToHistory, applyEntry } from './fold-session.ts';
import { changesSession, toMessage, toTransition } from './to-ledger.ts';

/**
 * One event of one subject: the session moves on, event rules are judged, holds are armed, moved or ended. Returns
 * false when it needs the ledger and does not have it; the draft is then worthless.
 */
export async function judgeEvent(draft: Draft, event: DeskEvent): Promise<boolean> {
  draft.sessionId ??= event.sessionId;
  const openBefore = openEpisodes(draft);
  const wasEnded = draft.session?.status === 'ENDED';
  const change = changesSession(event) ? changeSession(draft, event) : unchanged(draft, event);
  if (change === undefined) return false;
  const cause: Cause = { at: event.at, event };
  await judgeEventRules(draft, event, cause, change);
  if (change.changed) {
    await judgeHolds(draft, cause, change.history);
    if (!wasEnded && draft.session?.status === 'ENDED') endEventEpisodes(draft, cause, openBefore);
  }
  return true;
}

interface Change {
  changed: boolean;
  late: boolean;
  transition?: Transition;
  /** The session after each ledger entry, in event time: only when the place of this event among the others matters. */
  history?: readonly Session[];
}

function unchanged(draft: Draft, event: DeskEvent): Change {
  return { changed: false, late: draft.session !== undefined && event.at < draft.session.lastEventAt };
}

/** Records the event in the ledger and moves the session on. */
function changeSession(draft: Draft, event: DeskEvent): Change | undefined {
  const sessionId = event.sessionId ?? event.subject;
  const { session } = draft;
  const transition = event.type === SESSION_STATUS_EVENT ? toTransition(event, sessionId, session) : undefined;
  const entry: LedgerEntry = transition
    ? { kind: 'transition', entry: transition }
    : { kind: 'message', entry: toMessage(event, sessionId) };
  const outOfOrder = session !== undefined && event.at <= session.lastEventAt;
  if (outOfOrder && draft.history === undefined) {
    draft.needs.ledger = true;
    return undefined;
  }
  if (entry.kind === 'transition') draft.effects.transitions.push(entry.entry);
  else draft.effects.messages.push(entry.entry);
  const change: Change = { changed: true, late: session !== undefined && event.at < session.lastEventAt };
  if (transition !== undefined) change.transition = transition;
  if (draft.history === undefined) {
    draft.session = applyEntry(session, entry);
    return change;
  }
  addToHistory(draft.history, entry);
  draft.session = draft.history.states.at(-1);
  if (outOfOrder) change.history = draft.history.states;
  return change;
}

async function judgeEventRules(draft: Draft, event: DeskEvent, cause: Cause, change: Change): Promise<void> {
  const index = draft.ruleset.eventRules.get(event.type);
  if (index === undefined) return;
  const facts: Facts = { ...stateFacts(draft, event.at), event: eventFacts(event) };
  if (change.transition !== undefined) facts.transition = transitionFacts(change.transition);
  const ready: Ready[] = [];
  for (const rule of index.select(facts)) {
    if (rule.trigger.kind !== 'event' || (change.late && !rule.trigger.late)) continue;
    const evaluation = await draft.ruleset.evaluator.evaluate(rule, facts, cause.at);
    if (!evaluation.ok) recordDecision(draft, rule, cause, 'error', evaluation.reason);
    else if (evaluation.result) ready.push({ rule, cause, facts, trace: evaluation.trace, dueAt: event.receivedAt });
  }
  fireReady(draft, ready);
}

/** Judges every hold rule that can match now or has an open episode here. */
async function judgeHolds(draft: Draft, cause: Cause, history: readonly Session[] | undefined): Promise<void> {
  const facts = stateFacts(draft, cause.at);
  const rules = new Set(draft.ruleset.holdRules.select(facts));
  for (const episode of openEpisodes(draft)) {
    const rule = draft.ruleset.active.get(episode.ruleId);
    if (episode.kind === 'hold' && rule !== undefined) rules.add(rule);
  }
  for (const rule of rules) await judgeHold(draft, rule, facts, cause, history);
}

async function judgeHold(
  draft: Draft,
  rule: Rule,
  facts: Facts,
  cause: Cause,
  history: readonly Session[] | undefined,
): Promise<void> {
  const evaluation = await draft.ruleset.evaluator.evaluate(rule, facts, cause.at);
  if (!evaluation.ok) {
    recordDecision(draft, rule, cause, 'error', evaluation.reason);
    return;
  }
  const open = findOpenHold(draft, rule.id);
  if (!evaluation.result) {
    if (open !== undefined) endEpisode(draft, open, rule, cause, endReason(rule, draft.session), evaluation.trace);
    return;
  }
  const by = episodeValues(rule, facts);
  if (open !== undefined && sameValues(open.by, by)) {
    if (history !== undefined) await moveByHistory(draft, rule, open, history, cause);
    return;
  }
  if (open !== undefined) {
    endEpisode(draft, open, rule, cause, `${rule.episodeBy.join(', ')} changed`, evaluation.trace);
  }
  const since = history === undefined ? undefined : await stretchStart(draft, rule, by, history);
  const start: Start = {
    at: since?.at ?? cause.at,
    approximate: since?.approximate ?? isFirstSight(draft.session),
    origin: cause.event?.key ?? 'load',
    by,
    trace: evaluation.trace,
  };
  armEpisode(draft, rule, start, cause);
}

/** Whether this is the first that we hear of the status, and the chat was already in it. */
function isFirstSight(session: Session | undefined): boolean {
  return session?.statusSinceApproximate === true && session.statusSince === session.lastEventAt;
}

/** A late event may show that a hold which has not fired began at another moment. */
async function moveByHistory(
  draft: Draft,
  rule: Rule,
  episode: Episode,
  history: readonly Session[],
  cause: Cause,
): Promise<void> {
  if (episode.state !== 'running') return;
  // Between the start and this event nothing has changed, so what held then need not be judged again.
  const standing = { from: episode, until: cause.at };
  const since = await stretchStart(draft, rule, episode.by, history, standing);
  if (since === undefined || since.at === episode.startedAt) return;
  // A chat that was there before the rule was is held from the rule's loading, whatever its history shows.
  if (episode.id.endsWith(':load') && since.at < episode.startedAt) return;
  moveEpisode(
    draft,
    rule,
    { ...episode, approximate: since.approximate },
    since.at,
    cause,
    'a late event moved the start',
  );
}

/**
 * When the stretch began at whose end we stand: the first state of the unbroken run of states that meet the conditions.
 * @param standing an episode that is known to have lasted from its start to `until`
 */
async function stretchStart(
  draft: Draft,
  rule: Rule,
  by: readonly (string | null)[],
  history: readonly Session[],
  standing?: { from: Episode; until: number },
): Promise<{ at: number; approximate: boolean } | undefined> {
  let start: { at: number; approximate: boolean } | undefined;
  for (let index = history.length - 1; index >= 0; index -= 1) {
    const session = history[index];
    if (session === undefined) break;
    const { lastEventAt: at } = session;
    if (standing !== undefined && at < standing.until && at >= standing.from.startedAt) {
      return { at: standing.from.startedAt, approximate: standing.from.approximate };
    }
    const facts = stateFacts(draft, at, session);
    const evaluation = await draft.ruleset.evaluator.evaluate(rule, facts, at);
    if (!evaluation.ok || !evaluation.result || !sameValues(episodeValues(rule, facts), by)) break;
    start = { at, approximate: isFirstSight(session) };
  }
  return start;
}
