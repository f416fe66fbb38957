import { getLogger } from '@logtape/logtape';
import type { AlertGroup } from '../domain/alert-group.ts';
import type { Clock } from '../domain/clock.ts';
import { isAtItsEnd, toChange } from '../engine/card-groups.ts';
import {
  changeGroups,
  claimDueGroups,
  countMembers,
  findNextGroupAt,
  lockKeysToClose,
  NO_MEMBERS,
  skipMembers,
} from '../store/alert-groups.ts';
import type { Database, Db } from '../store/database.ts';
import { insertActions } from '../store/save-effects.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { toJob } from './plan-actions.ts';

/**
 * The life of a group's card. When its time has come its members are counted; where the card is missing, or says something
 * else, its post or edit is queued as an action like any other, which brings retries, pace, lost answers and the record with it. Only one
 * is under way at a time, and it says what is true when it is carried out. A group whose members are all resolved, or whose
 * time is over, is closed: the next alert opens another. Any number of processes may do this side by side.
 */
export interface AlertGroupDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  onQueued?: () => void;
}

/** Groups of one pass. */
const PASS = 100;

const log = getLogger(['vigia', 'groups']);

/** Looks at every group whose time has come. @returns how many posts and edits were queued */
export async function tendGroups(deps: AlertGroupDeps): Promise<number> {
  const nextAt = await findNextGroupAt(deps.database.db);
  if (nextAt === undefined || nextAt > deps.clock.now()) return 0;
  let cards = 0;
  for (;;) {
    const tended = await deps.database.transaction((tx) => tendSome(deps, tx));
    cards += tended.cards;
    if (tended.groups < PASS) break;
  }
  if (cards > 0) deps.onQueued?.();
  return cards;
}

async function tendSome({ clock, queue }: AlertGroupDeps, tx: Db): Promise<{ groups: number; cards: number }> {
  const now = clock.now();
  const due = await claimDueGroups(tx, now, PASS);
  if (due.length === 0) return { groups: 0, cards: 0 };
  const counts = await countMembers(tx, due);
  const countsOf = ({ id }: AlertGroup) => counts.get(id) ?? NO_MEMBERS;
  const ending = due.filter((group) => group.closedAt === undefined && isAtItsEnd(group, countsOf(group), now));
  await lockKeysToClose(tx, ending);
  // Counted again: somebody may have joined before the lock, and from here on nobody does.
  for (const [id, count] of await countMembers(tx, ending)) counts.set(id, count);
  const closed = new Set(ending.filter((group) => isAtItsEnd(group, countsOf(group), now)));
  const changes = due.map((group) => toChange(group, countsOf(group), { now, closing: closed.has(group) }));
  await changeGroups(
    tx,
    changes.map(({ state }) => state),
  );
  const actions = changes.flatMap(({ action }) => action ?? []);
  await insertActions(
    tx,
    actions.map((action) => ({ action, state: 'queued', attempts: 0 })),
  );
  if (actions.length > 0) await queue.enqueue(tx, actions.map(toJob));
  for (const { group, isOver } of changes) if (isOver) await giveUp(tx, group);
  return { groups: due.length, cards: actions.length };
}

async function giveUp(tx: Db, { orgId, id, ruleId }: AlertGroup): Promise<void> {
  log.debug('group {group} of {rule}: all were over before the card was posted', { group: id, rule: ruleId });
  await skipMembers(tx, orgId, id, 'the episode was over before the card was posted');
}
