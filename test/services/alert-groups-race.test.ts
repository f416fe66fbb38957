import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import type { Alert } from '../../src/domain/alert.ts';
import { toAlert } from '../../src/engine/emit-actions.ts';
import { tendGroups } from '../../src/services/alert-groups.ts';
import { joinGroups } from '../../src/services/join-groups.ts';
import { changeGroup, lockKeysToClose } from '../../src/store/alert-groups.ts';
import { insertAlerts, resolveAlerts } from '../../src/store/save-effects.ts';
import { alertGroups, alerts } from '../../src/store/schema.ts';
import { postgresOnly, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { createStorm, type Storm } from '../support/storms.ts';

const CARD = { channel: '#chat-ops', text: 'x' };
const rule = aRule({ id: 'r', actions: [anAction('slack.alert', CARD)] });

describe.each(postgresOnly)('joining and closing at once on $kind', ({ open }) => {
  let database: TestDatabase;
  let other: Awaited<ReturnType<TestDatabase['another']>>;
  let storm: Storm;
  let count = 0;
  beforeAll(async () => {
    database = await open();
    other = await database.another();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    storm = await createStorm(database, [rule]);
  });
  afterEach(() => storm.stop());

  function anAlertAction(by = 'b'): Action {
    count += 1;
    const id = `${storm.orgId}-${count}`;
    const grouping = { place: '0/0', by: [by], waitMs: 1_000, intervalMs: 1_000 };
    return {
      orgId: storm.orgId,
      id,
      key: id,
      firing: id,
      ruleId: 'r',
      rulesetHash: 'h',
      subject: `chat-${count}`,
      sessionId: `chat-${count}`,
      episodeId: `episode-${count}`,
      path: '0',
      spec: anAction('slack.alert', CARD),
      context: {},
      firedAt: storm.clock.now(),
      createdAt: storm.clock.now(),
      expiresAt: storm.clock.now() + 3_600_000,
      grouping,
    };
  }

  /** Joins as judging does; `beforeCommit` holds the transaction open. */
  async function join(
    db: Pick<TestDatabase, 'transaction'>,
    actions: readonly Action[],
    beforeCommit = async () => {},
  ) {
    const card = { text: 'x', ruleName: 'r' };
    return db.transaction(async (tx) => {
      const ready = actions.map((action) => ({ action, channel: '#chat-ops', card, stored: CARD }));
      const groups = await joinGroups(tx, ready, { budget: undefined, now: storm.clock.now() });
      const members = actions.map(
        (action): Alert => ({ ...toAlert(action), groupId: groups.get(action.id) ?? '', card }),
      );
      await insertAlerts(tx, members);
      await beforeCommit();
      return groups;
    });
  }

  const resolveAll = async () => {
    const all = await database.db.select().from(alerts).where(eq(alerts.orgId, storm.orgId));
    const at = storm.clock.now();
    await resolveAlerts(
      database.db,
      all.map(({ orgId, id }) => ({ orgId, id, at, reason: 'over' })),
    );
  };
  const groups = () => database.db.select().from(alertGroups).where(eq(alertGroups.orgId, storm.orgId));
  /** Open alerts whose group takes nobody any more, though its time is not over. */
  const lost = () =>
    database.db
      .select({ id: alerts.id })
      .from(alerts)
      .innerJoin(alertGroups, and(eq(alertGroups.orgId, alerts.orgId), eq(alertGroups.id, alerts.groupId)))
      .where(and(eq(alerts.orgId, storm.orgId), isNull(alerts.resolvedAt), isNotNull(alertGroups.closedAt)));
  const soon = () => new Promise((resolve) => setTimeout(resolve, 150));

  test('a group that somebody is joining is not closed', async () => {
    await join(database, [anAlertAction()]);
    await resolveAll();
    storm.clock.advance(1_000);
    let tended: Promise<number> | undefined;
    await join(other, [anAlertAction()], async () => {
      tended = tendGroups(storm.deps);
      await soon();
    });
    await tended;
    expect(await groups()).toMatchObject([{ closedAt: null }]);
    expect(await lost()).toEqual([]);
  });

  test('who comes while a group is being closed opens another', async () => {
    const first = await join(database, [anAlertAction()]);
    const [id = ''] = first.values();
    let joined: Promise<Map<string, string>> | undefined;
    await database.transaction(async (tx) => {
      const [group] = await groups();
      await lockKeysToClose(tx, group === undefined ? [] : [group]);
      joined = join(other, [anAlertAction()]);
      await soon();
      await changeGroup(tx, storm.orgId, id, { closedAt: storm.clock.now() });
    });
    const [second] = (await joined)?.values() ?? [];
    expect(second).not.toBe(id);
    expect(await groups()).toHaveLength(2);
  });

  test('those that join do not wait for each other, nor the edits of a card for them', async () => {
    await join(database, [anAlertAction()]);
    storm.clock.advance(1_000);
    await join(other, [anAlertAction()], async () => {
      await join(database, [anAlertAction()]);
      await tendGroups(storm.deps);
      expect(await groups()).toMatchObject([{ version: 1 }]);
    });
    expect(await database.db.$count(alerts, eq(alerts.orgId, storm.orgId))).toBe(3);
    expect(await groups()).toHaveLength(1);
  });

  test('two processes that open the same groups in any order end with one of each, and nobody in a circle', async () => {
    const both = () => [anAlertAction('a'), anAlertAction('b')];
    const joined = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        join(index % 2 === 0 ? database : other, index % 3 === 0 ? both() : both().reverse()),
      ),
    );
    expect(new Set(joined.flatMap((map) => [...map.values()])).size).toBe(2);
    expect(await groups()).toHaveLength(2);
    expect(await database.db.$count(alerts, eq(alerts.orgId, storm.orgId))).toBe(24);
  });

  test('with many who join, end and close at once, no open alert is left in a closed group', async () => {
    for (let round = 0; round < 25; round += 1) {
      storm.clock.advance(60_000);
      await Promise.all([
        join(database, [anAlertAction()]),
        join(other, [anAlertAction()]),
        tendGroups(storm.deps),
        tendGroups({ ...storm.deps, database: other, queue: other.queue }),
        resolveAll(),
      ]);
      expect(await lost()).toEqual([]);
      await storm.deliverAll();
      if (round % 3 === 0) await resolveAll();
    }
  });
});
