import { type DeskEvent, SESSION_STATUS_EVENT } from '../domain/event.ts';
import type { LedgerEntry, Session, Transition } from '../domain/session.ts';
import { gatherComputed } from './computed/gather-computed.ts';
import { type Cause, type Draft, openEpisodes, recordDecision, stateFacts } from './draft.ts';
import { endEventEpisodes } from './end-episode.ts';
import { eventFacts, type Facts, transitionFacts } from './facts.ts';
import { fireReady, type Ready } from './fire.ts';
import { addToHistory, applyEntry, type History } from './fold-session.ts';
import { unseenBefore } from './hold-history.ts';
import { type HoldChange, judgeHolds } from './judge-hold.ts';
import { changesSession, toMessage, toTransition } from './to-ledger.ts';
import { judgeConditions, withheldReason } from './unknown-values.ts';

/**
 * One event of one subject: the session moves on, event rules are judged, holds are armed, moved or ended. Returns
 * false when it needs the ledger and does not have it; the draft is then worthless.
 */
export function judgeEvent(draft: Draft, event: DeskEvent): boolean {
  draft.sessionId ??= event.sessionId;
  const openBefore = openEpisodes(draft);
  const wasEnded = draft.session?.status === 'ENDED';
  const change = changesSession(event) ? changeSession(draft, event) : unchanged(draft, event);
  if (change === undefined) return false;
  const cause: Cause = { at: event.at, event };
  judgeEventRules(draft, event, cause, change);
  if (change.changed) {
    judgeHolds(draft, { ...change, cause });
    if (!wasEnded && draft.session?.status === 'ENDED') endEventEpisodes(draft, cause, openBefore);
  }
  return true;
}

interface Change extends Omit<HoldChange, 'cause'> {
  changed: boolean;
  late: boolean;
  transition?: Transition;
}

function unchanged(draft: Draft, event: DeskEvent): Change {
  return { changed: false, late: draft.session !== undefined && event.at < draft.session.lastEventAt };
}

/** Records the event in the ledger and moves the session on. */
function changeSession(draft: Draft, event: DeskEvent): Change | undefined {
  const sessionId = event.sessionId ?? event.subject;
  const { session } = draft;
  const transition =
    event.type === SESSION_STATUS_EVENT ? toTransition(event, sessionId, session, draft.known.ownChanges) : undefined;
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
  if (draft.history === undefined) draft.session = applyEntry(session, entry);
  else {
    addToHistory(draft.history, entry);
    draft.session = draft.history.states.at(-1);
  }
  const before = outOfOrder && draft.history !== undefined ? stateBefore(draft.history, event.key) : session;
  // What a late event tells of its own past is seen in the history.
  change.unseen = change.late ? undefined : unseenBefore(before, transition?.from);
  change.known = before?.status;
  if (outOfOrder) change.history = draft.history;
  return change;
}

/** The session just before the entry of this event. */
function stateBefore({ entries, states }: History, eventKey: string): Session | undefined {
  return states[entries.findLastIndex(({ entry }) => entry.eventKey === eventKey) - 1];
}

function judgeEventRules(draft: Draft, event: DeskEvent, cause: Cause, change: Change): void {
  const index = draft.ruleset.eventRules.get(event.type);
  if (index === undefined) return;
  const facts: Facts = { ...stateFacts(draft, event.at), event: eventFacts(event) };
  if (change.transition !== undefined) facts.transition = transitionFacts(change.transition);
  const ready: Ready[] = [];
  for (const rule of index.select(facts)) {
    if (rule.trigger.kind !== 'event' || (change.late && !rule.trigger.late)) continue;
    const known = gatherComputed(draft, rule, facts, { at: event.at, now: draft.now });
    if (known === undefined) continue;
    const evaluation = judgeConditions(draft, rule, known.facts, cause.at, known.runtime);
    if (!evaluation.ok) recordDecision(draft, rule, cause, 'error', evaluation.reason);
    else if (evaluation.withheld) {
      const { withheld, trace } = evaluation;
      recordDecision(draft, rule, cause, 'skipped', withheldReason(withheld), { trace });
    } else if (evaluation.result) {
      ready.push({ rule, cause, facts: known.facts, trace: evaluation.trace, dueAt: event.receivedAt });
    }
  }
  fireReady(draft, ready);
}
