import type { Decision, Outcome } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import type { Trace } from '../domain/trace.ts';
import type { CompiledRuleset } from './compile.ts';
import { aboutOf } from './computed/about.ts';
import { agentFacts, channelFacts, clockFacts, type Facts, sessionFacts } from './facts.ts';
import { type History, toHistory } from './fold-session.ts';
import { type Effects, type Known, type LimitKey, limitName, type Needs, type SubjectState } from './subject-state.ts';

/**
 * The working copy of one subject while it is judged. It belongs to one call of `advance` and never leaves it; from
 * outside, judging is a pure function. Judging functions change the draft only through the functions of this file.
 */
export interface Draft {
  readonly ruleset: CompiledRuleset;
  readonly now: number;
  /** How often rules may reassign the chat within an hour. */
  readonly maxReassignments: number;
  readonly orgId: string;
  readonly subject: string;
  /** Set once it is known that the subject is a chat. */
  sessionId: string | undefined;
  readonly known: Known;
  session: Session | undefined;
  /** Of the whole ledger; present once it was needed and given, kept complete while judging goes on. */
  readonly history: History | undefined;
  readonly episodes: Map<string, Episode>;
  readonly changedEpisodes: Set<string>;
  readonly effects: Omit<Effects, 'episodes'>;
  readonly needs: Needs;
  /** The facts that were made last: what one event leads to is mostly judged by the same. */
  lastFacts: { at: number; session: Session | undefined; facts: Facts } | undefined;
}

export interface DraftOptions {
  state: SubjectState;
  ruleset: CompiledRuleset;
  known: Known;
  now: number;
  maxReassignments: number;
}

export function createDraft({ state, ruleset, known, now, maxReassignments }: DraftOptions): Draft {
  return {
    ruleset,
    now,
    maxReassignments,
    orgId: state.orgId,
    subject: state.subject,
    sessionId: state.session?.id,
    known,
    session: state.session,
    history: known.ledger === undefined ? undefined : toHistory(known.ledger),
    episodes: byId(state.episodes),
    changedEpisodes: new Set(),
    effects: {
      transitions: [],
      messages: [],
      decisions: [],
      actions: [],
      alerts: [],
      alertChanges: [],
      unknownMet: [],
      limits: new Map(),
      notices: [],
    },
    needs: { limits: [], inhibitors: [], computed: [], ledger: false, events: [] },
    lastFacts: undefined,
  };
}

function byId(episodes: readonly Episode[]): Map<string, Episode> {
  const map = new Map<string, Episode>();
  for (const episode of episodes) map.set(episode.id, episode);
  return map;
}

/** The open episodes, in the order of their making. */
export function openEpisodes(draft: Draft): Episode[] {
  const open: Episode[] = [];
  for (const episode of draft.episodes.values()) if (episode.endedAt === undefined) open.push(episode);
  return open;
}

/** The open hold episode of a rule: there is at most one. */
export function findOpenHold(draft: Draft, ruleId: string): Episode | undefined {
  return findOpen(draft, ruleId, 'hold');
}

/** The open episode of a schedule rule: there is at most one. */
export function findOpenSchedule(draft: Draft, ruleId: string): Episode | undefined {
  return findOpen(draft, ruleId, 'schedule');
}

function findOpen(draft: Draft, ruleId: string, kind: Episode['kind']): Episode | undefined {
  for (const episode of draft.episodes.values()) {
    if (episode.ruleId === ruleId && episode.kind === kind && episode.endedAt === undefined) return episode;
  }
  return undefined;
}

/** Puts a new or changed episode into the draft. */
export function saveEpisode(draft: Draft, episode: Episode): Episode {
  draft.episodes.set(episode.id, episode);
  draft.changedEpisodes.add(episode.id);
  return episode;
}

/** The facts about the subject's state at a moment: what holds are judged by. */
export function stateFacts(draft: Draft, at: number, session: Session | undefined = draft.session): Facts {
  const { lastFacts } = draft;
  if (lastFacts !== undefined && lastFacts.at === at && lastFacts.session === session) return lastFacts.facts;
  const facts = makeStateFacts(draft, at, session);
  draft.lastFacts = { at, session, facts };
  return facts;
}

function makeStateFacts(draft: Draft, at: number, session: Session | undefined): Facts {
  const { calendars, directory } = draft.ruleset;
  const facts: Facts = { clock: clockFacts(at, calendars) };
  const { channelId, agentId } = aboutOf({ subject: draft.subject, session });
  if (session !== undefined) facts.session = sessionFacts(session);
  if (session !== undefined || channelId !== undefined) {
    const channel = channelId === undefined ? undefined : draft.known.channels.get(channelId);
    facts.channel = channelFacts(channelId, session?.integration, directory, channel);
  }
  if (agentId !== undefined) facts.agent = agentFacts(agentId, directory);
  return facts;
}

/** What led to a decision: an event, a ruleset that came into force, or a due time. */
export interface Cause {
  at: number;
  event?: DeskEvent;
  /** Hash of the ruleset. */
  ruleset?: string;
}

/** What ended an episode, as it is kept. */
export function endedBy({ event, ruleset }: Cause): string {
  if (event !== undefined) return `event:${event.key}`;
  return ruleset === undefined ? 'due' : `ruleset:${ruleset}`;
}

/** When it is carried out: now, or by a clock that is behind the source's the moment that led to it. */
export function momentOf(draft: Draft, cause: Cause): number {
  return Math.max(draft.now, cause.at);
}

/** Since when it could be known: what an event tells, since we have it; else since now. */
export function knownSince(draft: Draft, cause: Cause): number {
  return cause.event?.receivedAt ?? draft.now;
}

export interface DecisionDetails {
  episodeId?: string | undefined;
  step?: number | undefined;
  repeat?: number | undefined;
  trace?: Trace | undefined;
}

export function recordDecision(
  draft: Draft,
  rule: Pick<Rule, 'id' | 'mode'>,
  cause: Cause,
  outcome: Outcome,
  reason: string,
  details: DecisionDetails = {},
): void {
  const decision: Decision = {
    orgId: draft.orgId,
    ruleId: rule.id,
    rulesetHash: draft.ruleset.hash,
    subject: draft.subject,
    outcome,
    mode: rule.mode === 'shadow' ? 'shadow' : 'live',
    at: cause.at,
    decidedAt: draft.now,
    reason,
  };
  if (draft.sessionId !== undefined) decision.sessionId = draft.sessionId;
  if (cause.event !== undefined) decision.eventKey = cause.event.key;
  if (details.episodeId !== undefined) decision.episodeId = details.episodeId;
  if (details.step !== undefined) decision.step = details.step;
  if (details.repeat !== undefined) decision.repeat = details.repeat;
  if (details.trace !== undefined) decision.trace = details.trace;
  draft.effects.decisions.push(decision);
}

/** Firings in a limit's window so far, or undefined (and noted as needed) when they have not been loaded. */
export function readLimit(draft: Draft, key: LimitKey): readonly number[] | undefined {
  const name = limitName(key);
  const firedAt = draft.effects.limits.get(name)?.firedAt ?? draft.known.limits.get(name);
  if (firedAt === undefined) draft.needs.limits.push(key);
  return firedAt;
}

export function writeLimit(draft: Draft, key: LimitKey, firedAt: number[]): void {
  draft.effects.limits.set(limitName(key), { key, firedAt });
}
