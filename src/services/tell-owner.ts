import type { Action } from '../domain/action.ts';
import { uuidOf } from '../domain/hash.ts';
import type { Db } from '../store/database.ts';
import { insertActions } from '../store/save-effects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { toJob } from './plan-actions.ts';

/**
 * What concerns Vigia itself (a value never seen, a webhook that fell silent, a chat that rules passed around) is told in
 * one Slack message to the owner channel, an action like any other: delivered with patience, listed, once per key.
 */
export interface TellOwnerDeps {
  queue: Pick<DeliveryQueue, 'enqueue'>;
  /** A `#name` or an id; undefined when nobody is to be told, and then nothing is queued. */
  ownerChannel: string | undefined;
  rulesetHash: () => string;
}

/** What stands as rule of such actions: no rule can have this id. */
export const SYSTEM_RULE_ID = '~vigia';

export interface Notice {
  orgId: string;
  /** What makes it be told once, such as `vocabulary/session.status/PARKED`. */
  key: string;
  /** The chat that it is about, if any. */
  sessionId?: string;
  /** Plain text: it is escaped for Slack, and never taken for a template. */
  text: string;
  now: number;
}

/** A message that nobody could be given for a day is old news. */
const TELL_WITHIN_MS = 86_400_000;

/** @returns how many jobs were queued: wake the deliveries after the commit when there are any */
export async function tellOwner(
  { queue, ownerChannel, rulesetHash }: TellOwnerDeps,
  tx: Db,
  notices: readonly Notice[],
): Promise<number> {
  if (ownerChannel === undefined || notices.length === 0) return 0;
  const actions = notices.map((notice) => toAction(notice, ownerChannel, rulesetHash()));
  const inserted = await insertActions(
    tx,
    actions.map((action) => ({ action, state: 'queued', attempts: 0 })),
  );
  const jobs = actions.filter(({ id }) => inserted.has(id)).map(toJob);
  if (jobs.length > 0) await queue.enqueue(tx, jobs);
  return jobs.length;
}

/** The text is a value that the template reads, so that nothing in it is one. */
function toAction({ orgId, key, sessionId, text, now }: Notice, channel: string, rulesetHash: string): Action {
  const whole = `${SYSTEM_RULE_ID}/${key}`;
  const action: Action = {
    orgId,
    id: uuidOf(`${orgId}/${whole}`),
    key: whole,
    firing: whole,
    ruleId: SYSTEM_RULE_ID,
    rulesetHash,
    subject: sessionId ?? SYSTEM_RULE_ID,
    path: '0',
    spec: {
      id: 'tell',
      type: 'slack.post',
      params: { channel, text: '{{ notice.text }}' },
      reads: [],
      facts: [],
      onUncertain: 'repeat',
      onFailure: [],
    },
    context: { notice: { text } },
    firedAt: now,
    createdAt: now,
    expiresAt: now + TELL_WITHIN_MS,
  };
  if (sessionId !== undefined) action.sessionId = sessionId;
  return action;
}
