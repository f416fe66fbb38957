import { createSlackDestination } from '../../src/delivery/slack/slack-destination.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { createSlackStandIn, type SlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { tendGroups } from '../../src/services/alert-groups.ts';
import type { CardOptions } from '../../src/services/join-groups.ts';
import { viewGroup } from '../../src/store/alert-groups.ts';
import { findAlert } from '../../src/store/alerts.ts';
import { type Acting, createActing } from './acting.ts';
import type { TestDatabase } from './databases.ts';
import { statusEvent } from './timeline.ts';

/** The service between its events and a stand-in Slack without limits, for chats that fire by the hundred. */
export interface Storm extends Acting {
  standIn: SlackStandIn;
  /** Chats that get this status now. */
  chats(status: string, ids: readonly string[], more?: Record<string, string>): Promise<void>;
  /** Lets time pass, judges what is due, tends the groups and delivers what follows. */
  after(ms: number): Promise<void>;
  /** What the channel shows: the text of each message, in its latest form. */
  shown(): string[];
  stop(): Promise<void>;
}

export async function createStorm(
  database: TestDatabase,
  rules: Rule[],
  options: { cards?: CardOptions } = {},
): Promise<Storm> {
  const acting = createActing(database, rules, options);
  const { clock, deps } = acting;
  const standIn = createSlackStandIn({ clock, limits: 'off' });
  await standIn.start();
  const { db } = database;
  deps.destinations = {
    ...deps.destinations,
    slack: createSlackDestination({
      token: standIn.token,
      apiUrl: standIn.apiUrl,
      clock,
      pace: async () => ({ ok: true }),
      findAlert: (orgId, id) => findAlert(db, orgId, id),
      findGroup: (orgId, id) => viewGroup(db, orgId, id, 10),
      directory: emptyDirectory,
    }),
  };
  return {
    ...acting,
    standIn,
    async chats(status, ids, more = {}) {
      await acting.take(...ids.map((sessionId) => statusEvent(clock.now(), status, { sessionId, ...more })));
    },
    async after(ms) {
      clock.advance(ms);
      await acting.judge();
      await acting.deliverAll();
      await tendGroups(deps);
      await acting.deliverAll();
    },
    shown: () => standIn.messages('#chat-ops').map(({ text }) => text),
    stop: standIn.stop,
  };
}

/** `s1` … `s<count>`, or from another number on. */
export function chatIds(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => `s${from + index}`);
}
