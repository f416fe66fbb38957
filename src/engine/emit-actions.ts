import type { Action, ActionSpec, FiredSession } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { AlertGroup, Grouping } from '../domain/alert-group.ts';
import type { Episode } from '../domain/episode.ts';
import { uuidOf } from '../domain/hash.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import { type Facts, present, textsAt } from './facts.ts';

/**
 * From the actions of a rule to rows of the queue. The key says what an action is about, not when it was made, so
 * that making it again (after a crash, by another worker) changes nothing.
 */
export interface EmitInput {
  orgId: string;
  rule: Rule;
  rulesetHash: string;
  subject: string;
  sessionId?: string | undefined;
  channelId?: string | undefined;
  episode?: Episode | undefined;
  /** Episode id, or the event's key for an event rule. */
  identity: string;
  /** `0` the firing, `1`… the steps, `r1`… the repeats, `end` the end of the episode. */
  step: string;
  /** Alerts whose cards are edited in place of the list's `slack.alert` actions, in their order; others open a card. */
  cards?: readonly string[] | undefined;
  /** What is done to those cards; default `repeated`. */
  cardChange?: CardChange | undefined;
  facts: Facts;
  /** What a change in Zoho is verified against. */
  expected?: FiredSession | undefined;
  firedAt: number;
  now: number;
  expiresAt: number;
}

/** `repeated` is told in the card's thread too; `ticked` edits the card where its text has changed, and says nothing. */
export type CardChange = 'repeated' | 'ticked';

export interface Emitted {
  actions: Action[];
  alerts: Alert[];
}

export function emitActions(input: EmitInput, specs: readonly ActionSpec[]): Emitted {
  const firing = `${input.rule.id}/${input.subject}/${input.identity}/${input.step}`;
  const cards = [...(input.cards ?? [])];
  const actions = specs.map((spec, index) => {
    const card = spec.type === 'slack.alert' ? cards.shift() : undefined;
    const key = `${firing}/${index}`;
    const action: Action = {
      orgId: input.orgId,
      id: uuidOf(`${input.orgId}/${key}`),
      key,
      firing,
      ruleId: input.rule.id,
      rulesetHash: input.rulesetHash,
      subject: input.subject,
      path: String(index),
      spec: card === undefined ? spec : toEditSpec(spec, card, input),
      context: pickFacts(input.facts, opensCard(spec) ? [...spec.facts, 'rule'] : spec.facts),
      firedAt: input.firedAt,
      createdAt: input.now,
      expiresAt: input.expiresAt,
    };
    if (input.sessionId !== undefined) action.sessionId = input.sessionId;
    if (input.channelId !== undefined) action.channelId = input.channelId;
    if (input.episode !== undefined) action.episodeId = input.episode.id;
    if (input.expected !== undefined) action.expected = input.expected;
    const grouping = opensCard(spec) ? toGrouping(input, `${input.step}/${index}`) : undefined;
    if (grouping !== undefined) action.grouping = grouping;
    return action;
  });
  return { actions, alerts: actions.filter(({ spec }) => spec.type === 'slack.alert').map(toAlert) };
}

/**
 * The card is told again: a repeat edits it with the text of this moment and says so in its thread, since an edit notifies
 * nobody; a tick edits it when its text has changed, and says nothing. There stays one card.
 */
function toEditSpec(
  spec: ActionSpec,
  alertId: string,
  { firedAt, cardChange = 'repeated' }: EmitInput,
): Action['spec'] {
  const params = { alertId, change: cardChange, at: toIsoTime(firedAt), card: spec.params };
  return { ...spec, type: 'slack.alertUpdate', params };
}

function toGrouping({ rule: { groupAlerts }, facts }: EmitInput, place: string): Grouping | undefined {
  if (groupAlerts === undefined) return undefined;
  const { by, waitMs, intervalMs } = groupAlerts;
  return { place, by: textsAt(facts, by), waitMs, intervalMs };
}

/** The alert that a `slack.alert` action opens: it exists at once, so that it can be acknowledged before Slack has it. */
export function toAlert(action: Action): Alert {
  const alert: Alert = {
    orgId: action.orgId,
    id: action.id,
    ruleId: action.ruleId,
    subject: action.subject,
    state: 'open',
    openedAt: action.firedAt,
  };
  if (action.sessionId !== undefined) alert.sessionId = action.sessionId;
  if (action.episodeId !== undefined) alert.episodeId = action.episodeId;
  return alert;
}

/**
 * The actions to take when an action failed for good: same facts, keys and places below the parent's. Of the parent only
 * what makes an action is taken: a caller's parent may carry its own state and end, which are not those of its children.
 */
export function toFailureActions(parent: Action, now: number): Action[] {
  const { orgId, firing, ruleId, rulesetHash, subject, sessionId, channelId, episodeId } = parent;
  const { context, expected, firedAt, expiresAt, grouping } = parent;
  return parent.spec.onFailure.map((spec, index) => {
    const key = `${parent.key}/f${index}`;
    const failure: Action = {
      orgId,
      id: uuidOf(`${orgId}/${key}`),
      key,
      firing,
      ruleId,
      rulesetHash,
      subject,
      path: `${parent.path}.f${index}`,
      spec,
      context,
      firedAt,
      createdAt: now,
      expiresAt,
    };
    if (sessionId !== undefined) failure.sessionId = sessionId;
    if (channelId !== undefined) failure.channelId = channelId;
    if (episodeId !== undefined) failure.episodeId = episodeId;
    if (expected !== undefined) failure.expected = expected;
    if (grouping !== undefined) failure.grouping = { ...grouping, place: `${grouping.place}.f${index}` };
    return failure;
  });
}

/** How long a card may be corrected after its alert changed: a wrong card must not stay because Slack was away for a while. */
const CARD_EDIT_MS = 86_400_000;

/** An edit of a Slack card, queued like any action. `version` tells one change of an alert from the next. */
export function toCardEdit(
  alert: Pick<Alert, 'orgId' | 'id' | 'ruleId' | 'subject' | 'sessionId' | 'episodeId'>,
  change: { version: string; params: JsonObject },
  rulesetHash: string,
  now: number,
): Action {
  const key = `${alert.id}/${change.version}`;
  const action: Action = {
    orgId: alert.orgId,
    id: uuidOf(`${alert.orgId}/${key}`),
    key,
    firing: key,
    ruleId: alert.ruleId,
    rulesetHash,
    subject: alert.subject,
    path: '0',
    spec: {
      id: 'card',
      type: 'slack.alertUpdate',
      params: { alertId: alert.id, ...change.params },
      reads: [],
      facts: [],
      onUncertain: 'repeat',
      onFailure: [],
    },
    context: {},
    firedAt: now,
    createdAt: now,
    expiresAt: now + CARD_EDIT_MS,
  };
  if (alert.sessionId !== undefined) action.sessionId = alert.sessionId;
  if (alert.episodeId !== undefined) action.episodeId = alert.episodeId;
  return action;
}

/** A post or an edit of the one card of a group, queued like any action: of a lane of its own, once for each version. */
export function toGroupCard(group: AlertGroup, version: number, now: number): Action {
  const key = `group/${group.id}/${version}`;
  return {
    orgId: group.orgId,
    id: uuidOf(`${group.orgId}/${key}`),
    key,
    firing: key,
    ruleId: group.ruleId,
    rulesetHash: group.rulesetHash,
    subject: `group:${group.id}`,
    path: '0',
    spec: {
      id: 'card',
      type: 'slack.groupCard',
      params: { groupId: group.id },
      reads: [],
      facts: [],
      onUncertain: 'repeat',
      onFailure: [],
    },
    context: {},
    firedAt: now,
    createdAt: now,
    expiresAt: now + CARD_EDIT_MS,
  };
}

/** A card shows its rule's name, owner and runbook, whether or not its templates read them. */
function opensCard(spec: ActionSpec): boolean {
  return spec.type === 'slack.alert' || spec.onFailure.some(opensCard);
}

function pickFacts(facts: Facts, names: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const name of names) {
    const value = facts[name as keyof Facts];
    if (value !== undefined) picked[name] = present(value);
  }
  return picked;
}
