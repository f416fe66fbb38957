import { getLogger } from '@logtape/logtape';
import type { AlertState } from '../domain/alert.ts';
import { type CardClick, slackActor } from '../domain/card-buttons.ts';
import { AppError, errorText } from '../domain/errors.ts';

/**
 * A click on a card becomes the verb that it names, on what the card is about. The card itself is edited like after any
 * other change; what a click could not do is told to the one who clicked, and to nobody else.
 */
export interface ClickDeps {
  orgId: string;
  now: () => number;
  /** What cards are about, by the kind that their buttons name. */
  targets: Partial<Record<CardClick['target']['kind'], ClickTarget>>;
  /** Shows a text to one person in a channel. Never throws for long. */
  tell: (to: { channel: string; user: string }, text: string) => Promise<void>;
}

/** The verbs throw AppErrors, and do nothing when it is so already. `by` is for the audit. */
export interface ClickTarget {
  /** Undefined when there is none (any more). */
  find(orgId: string, id: string): Promise<ClickedCard | undefined>;
  acknowledge(orgId: string, id: string, by: string): Promise<unknown>;
  resolve(orgId: string, id: string, by: string): Promise<unknown>;
  /** `until` is epoch ms. Absent for what cannot be snoozed. */
  snooze?(orgId: string, id: string, until: number, by: string): Promise<unknown>;
}

export interface ClickedCard {
  state: AlertState;
  /** Slack's id of the channel in which the card stands, once it was posted. */
  slackChannel?: string | undefined;
}

export interface SlackClick {
  click: CardClick;
  userId: string;
  channelId?: string | undefined;
  /** Epoch ms. */
  clickedAt?: number | undefined;
}

const GONE = 'This alert is not kept any more, so there is nothing to do.';
const ELSEWHERE = 'This card does not belong to the alert that its button names, so nothing was done.';
const OVER = 'This alert is resolved already, so nothing was done.';
const QUIET = 'This alert is acknowledged already: nothing escalates any more, so there is nothing to snooze.';
const RESTLESS = 'This cannot be snoozed.';
const FAILED = 'Vigia could not do that just now. Try again in a minute, or on the board.';

const log = getLogger(['vigia', 'slack']);

/** Never throws: whoever clicked is told. */
export async function handleClick(deps: ClickDeps, clicked: SlackClick): Promise<void> {
  const told = await carryOut(deps, clicked).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return GONE;
    if (error instanceof AppError && (error.code === 'conflict' || error.code === 'bad_request')) return error.message;
    log.error('a click in Slack could not be carried out: {error}', { error: errorText(error) });
    return FAILED;
  });
  const { channelId, userId } = clicked;
  if (told === undefined || channelId === undefined) return;
  await deps.tell({ channel: channelId, user: userId }, told).catch((error: unknown) => {
    log.info('nobody could be told why a click did nothing: {error}', { error: errorText(error) });
  });
}

/** @returns what the one who clicked is to know */
async function carryOut(
  { orgId, now, targets }: ClickDeps,
  { click, userId, channelId, clickedAt }: SlackClick,
): Promise<string | undefined> {
  const { verb, forMs = 0 } = click;
  const { kind, id } = click.target;
  const target = targets[kind];
  const card = await target?.find(orgId, id);
  if (target === undefined || card === undefined) return GONE;
  // The signature proves Slack; that the card is the one that we posted, its channel does.
  if (card.slackChannel !== undefined && channelId !== undefined && card.slackChannel !== channelId) return ELSEWHERE;
  if (card.state === 'resolved') return verb === 'resolve' ? undefined : OVER;
  if (card.state === 'acknowledged' && verb === 'snooze') return QUIET;
  const by = slackActor(userId);
  if (verb === 'acknowledge') await target.acknowledge(orgId, id, by);
  else if (verb === 'resolve') await target.resolve(orgId, id, by);
  else if (target.snooze === undefined) return RESTLESS;
  // From the click on, so that the same request a second time changes nothing.
  else await target.snooze(orgId, id, (clickedAt ?? now()) + forMs, by);
  return undefined;
}
