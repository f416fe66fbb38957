import type { Action, ActionSpec, FiredSession } from '../domain/action.ts';
import type { Episode } from '../domain/episode.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import { aboutOf } from './computed/about.ts';
import { type Cause, type Draft, saveEpisode } from './draft.ts';
import { type CardChange, emitActions, toCardEdit } from './emit-actions.ts';
import { type Facts, holdFacts, ruleFacts } from './facts.ts';
import { guardReassignments } from './guard-reassignments.ts';
import { calendarOf } from './hours.ts';
import { isSaid, silenceOf, toSilenced } from './silences.ts';

/** What a firing, a step, a repeat or the end of an episode sets going: actions, and the life of cards. */
export interface EmitRequest {
  rule: Rule;
  specs: readonly ActionSpec[];
  episode: Episode | undefined;
  /** Episode id, or the event's key for an event rule. */
  identity: string;
  /** `0` the firing, `1`… the steps, `r1`… the repeats, `end` the end of the episode. */
  step: string;
  /** Cards of this list stand already: the first is edited in place of the first `slack.alert`, and so on. */
  cards?: readonly string[];
  /** What is done to them: a repeat (default) is told in the thread too, a tick only edits what has changed. */
  cardChange?: CardChange;
  facts: Facts;
  cause: Cause;
  /** From when lateness counts, epoch ms. */
  dueAt: number;
}

export function modeOf(rule: Rule): 'live' | 'shadow' {
  return rule.mode === 'shadow' ? 'shadow' : 'live';
}

/** What fired in shadow goes on in shadow, also when the rule has gone live since. */
export function actsInShadow(rule: Rule, episode: Episode | undefined): boolean {
  return rule.mode !== 'live' || episode?.mode === 'shadow';
}

/** Queues actions. A rule in shadow decides and never acts. */
export function emit(draft: Draft, request: EmitRequest): void {
  const { rule, episode, identity, step, cards, cardChange, facts, cause, dueAt } = request;
  if (actsInShadow(rule, episode) || request.specs.length === 0) return;
  const specs = guardReassignments(draft, { ...request, episodeId: episode?.id });
  const { session } = draft;
  const expected = session === undefined ? undefined : expectedOf(session);
  const hold = episode === undefined ? undefined : holdFacts(episode, cause.at, calendarOf(draft.ruleset, rule));
  const { actions, alerts } = emitActions(
    {
      orgId: draft.orgId,
      rule,
      rulesetHash: draft.ruleset.hash,
      subject: draft.subject,
      sessionId: draft.sessionId,
      channelId: aboutOf(draft).channelId,
      episode,
      identity,
      step,
      cards,
      cardChange,
      facts: { ...facts, ...(hold === undefined ? {} : { hold, episode: hold }), rule: ruleFacts(rule) },
      expected,
      firedAt: cause.at,
      now: draft.now,
      expiresAt: dueAt + rule.maxLateMs,
    },
    specs,
  );
  holdBackSilenced(draft, rule, cause, actions);
  draft.effects.actions.push(...actions);
  // A card that belongs to no episode tells of a moment: there is nothing whose end could resolve it, so it is no alert.
  if (episode === undefined) return;
  draft.effects.alerts.push(...alerts);
  if (alerts.length > 0) {
    saveEpisode(draft, { ...episode, alertIds: [...episode.alertIds, ...alerts.map((alert) => alert.id)] });
  }
}

function holdBackSilenced(draft: Draft, rule: Rule, cause: Cause, actions: readonly Action[]): void {
  const silence = actions.some(({ spec }) => isSaid(spec)) ? silenceOf(draft, rule, cause.at) : undefined;
  if (silence === undefined) return;
  for (const action of actions) if (isSaid(action.spec)) action.heldBack = toSilenced(silence, action);
}

/** The chat as it stands: what a change in Zoho is verified against, and since when a pick counts who let it wait. */
function expectedOf({ status, assigneeId, lastOutboundAt }: Session): FiredSession {
  return {
    ...(status === undefined ? {} : { status }),
    ...(assigneeId === undefined ? {} : { assigneeId }),
    ...(lastOutboundAt === undefined ? {} : { lastOutboundAt }),
  };
}

/** Resolves the cards that an ending episode had opened. */
export function resolveAlerts(draft: Draft, episode: Episode, cause: Cause, reason: string): void {
  changeAlerts(draft, episode, cause, { state: 'resolved', version: 'resolved', reason });
}

/** Opens the cards again that were snoozed until now. */
export function reopenAlerts(draft: Draft, episode: Episode, cause: Cause): void {
  changeAlerts(draft, episode, cause, { state: 'open', version: `open-${cause.at}`, reason: 'the snooze is over' });
}

function changeAlerts(
  draft: Draft,
  episode: Episode,
  cause: Cause,
  { state, version, reason }: { state: 'resolved' | 'open'; version: string; reason: string },
): void {
  for (const id of episode.alertIds) {
    draft.effects.alertChanges.push({ id, state, at: cause.at, reason });
    const params = { change: state, at: toIsoTime(cause.at), reason };
    const { mode: _, ...alert } = { ...episode, id, episodeId: episode.id };
    const edit = toCardEdit(alert, { version, params }, draft.ruleset.hash, draft.now);
    draft.effects.actions.push({ ...edit, firedAt: cause.at });
  }
}
