import * as z from 'zod';
import type { Delivery } from '../../domain/action.ts';
import type { AlertCard, AlertState } from '../../domain/alert.ts';
import type { Directory } from '../../domain/rule.ts';
import { anyText, optionalName, requiredName, requiredText } from '../rendered-params.ts';
import type { CardLife } from './alert-card.ts';
import { toMention } from './slack-names.ts';

/** The rendered params of Slack's action types. */

export const postSchema = z.object({
  channel: requiredName,
  text: requiredText,
  blocks: z.array(z.record(z.string(), z.json()), { error: 'is not a list of blocks' }).optional(),
  thread: optionalName,
});

export const alertSchema = z.object({
  channel: requiredName,
  text: requiredText,
  severity: z.enum(['info', 'warning', 'critical'], { error: 'is none of info, warning, critical' }).optional(),
  mention: optionalName,
  fields: z.array(z.object({ title: requiredText, value: anyText })).optional(),
  /** Put there by the service that delivers: the card names its rule. */
  rule: z.object({ name: optionalName, owner: optionalName, runbook: optionalName }).optional(),
});

export const alertUpdateSchema = z.object({
  alertId: requiredName,
  change: z.enum(['acknowledged', 'snoozed', 'resolved', 'open'], { error: 'is no state of an alert' }),
  /** ISO 8601 or epoch ms. */
  at: z.union([z.number(), z.iso.datetime().transform((text) => Date.parse(text))]).optional(),
  by: optionalName,
  reason: optionalName,
});

/** A card that is told again: with the params of the rule's `slack.alert`, rendered anew. */
export const repeatSchema = z.object({ alertId: requiredName, card: alertSchema });

export const groupCardSchema = z.object({ groupId: requiredName });

/** The card of a slack.alert. A field whose value rendered to nothing is left out: Slack would refuse the card. */
export function toAlertCard(
  delivery: Pick<Delivery, 'ruleId' | 'sessionId'>,
  params: z.output<typeof alertSchema>,
  context: { directory: Directory; publicUrl: string | undefined },
): AlertCard {
  const { text, severity, rule } = params;
  const mention = params.mention === undefined ? undefined : toMention(context.directory, params.mention);
  const fields = params.fields?.filter(({ value }) => value.trim() !== '');
  const link =
    context.publicUrl === undefined || delivery.sessionId === undefined
      ? undefined
      : `${context.publicUrl}/sessions/${encodeURIComponent(delivery.sessionId)}`;
  return {
    text,
    ruleName: rule?.name ?? delivery.ruleId,
    ...(severity === undefined ? {} : { severity }),
    ...(mention === undefined ? {} : { mention }),
    ...(fields === undefined || fields.length === 0 ? {} : { fields }),
    ...(rule?.owner === undefined ? {} : { owner: rule.owner }),
    ...(rule?.runbook === undefined ? {} : { runbook: rule.runbook }),
    ...(link === undefined ? {} : { link }),
  };
}

const PROGRESS: Record<AlertState, number> = { open: 0, snoozed: 1, acknowledged: 2, resolved: 3 };

/**
 * What an edit shows: the alert as it stands by now, or the change that asked for the edit, whichever is further. Edits
 * may be late or come twice; an alert that was resolved meanwhile never looks acknowledged again.
 */
export function toCardLife(
  alert: {
    state: AlertState;
    openedAt: number;
    acknowledgedAt?: number;
    acknowledgedBy?: string;
    resolvedAt?: number;
    resolvedReason?: string;
    snoozedUntil?: number;
  },
  change: z.output<typeof alertUpdateSchema>,
): CardLife {
  const { openedAt } = alert;
  if (PROGRESS[change.change] >= PROGRESS[alert.state]) {
    return { state: change.change, openedAt, at: change.at, by: change.by, reason: change.reason };
  }
  if (alert.state === 'resolved') {
    return { state: 'resolved', openedAt, at: alert.resolvedAt, reason: alert.resolvedReason };
  }
  if (alert.state === 'snoozed') return { state: 'snoozed', openedAt, at: alert.snoozedUntil };
  return { state: alert.state, openedAt, at: alert.acknowledgedAt, by: alert.acknowledgedBy };
}
