/**
 * The buttons of a card, as those who draw them and those who hear of clicks both know them. What a button is about stands
 * in its value: `alert:<id>`, and for a choice of how long `alert:<id>:1h`.
 */
export const CARD_ACTIONS = {
  acknowledge: 'vigia.acknowledge',
  snooze: 'vigia.snooze',
  resolve: 'vigia.resolve',
} as const;
export type CardVerb = keyof typeof CARD_ACTIONS;

/** What a card tells of: one alert, or a group of them on one card. */
export const CARD_TARGETS = ['alert', 'group'] as const;
export interface CardTarget {
  kind: (typeof CARD_TARGETS)[number];
  id: string;
}

/** How long a snooze may last, as a card offers it. */
export const SNOOZES = [
  { name: '30m', label: '30 minutes', ms: 1_800_000 },
  { name: '1h', label: '1 hour', ms: 3_600_000 },
  { name: '4h', label: '4 hours', ms: 14_400_000 },
] as const;

/** Somebody clicked. */
export interface CardClick {
  verb: CardVerb;
  target: CardTarget;
  /** For `snooze`. */
  forMs?: number;
}

/** The value of a button. An id holds no colon: ids of alerts are UUIDs. */
export function toButtonValue({ kind, id }: CardTarget, choice?: string): string {
  return choice === undefined ? `${kind}:${id}` : `${kind}:${id}:${choice}`;
}

/** What a click on the element with this action id and value asks for; undefined for what no card of ours has. */
export function parseClick(actionId: string, value: string): CardClick | undefined {
  const verb = VERBS.find((one) => CARD_ACTIONS[one] === actionId);
  const [kindName, id = '', choice, ...more] = value.split(':');
  const kind = CARD_TARGETS.find((one) => one === kindName);
  if (verb === undefined || kind === undefined || !/^[\w-]{1,100}$/.test(id) || more.length > 0) return undefined;
  const target = { kind, id };
  if (verb !== 'snooze') return choice === undefined ? { verb, target } : undefined;
  const snooze = SNOOZES.find(({ name }) => name === choice);
  return snooze === undefined ? undefined : { verb, target, forMs: snooze.ms };
}

const VERBS: readonly CardVerb[] = ['acknowledge', 'snooze', 'resolve'];

/** The actor of a click, in audits and on cards. */
export function slackActor(userId: string): string {
  return `slack:${userId}`;
}

/** The Slack user who stands behind an actor; undefined for others. */
export function slackUserOf(actor: string): string | undefined {
  return /^(?:slack:)?([UW][A-Z0-9]{6,})$/.exec(actor)?.[1];
}
