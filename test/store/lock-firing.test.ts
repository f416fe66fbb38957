import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidOf } from '../../src/domain/hash.ts';
import { lockAction, lockFiring } from '../../src/store/deliveries.ts';
import { insertActions } from '../../src/store/save-effects.ts';
import { aStatus, createActing } from '../support/acting.ts';
import { postgresOnly, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';

describe.each(postgresOnly)('the lock of a firing on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test('who waited for it sees the actions that were added meanwhile', async () => {
    const rule = aRule({
      id: 'r',
      conditions: { all: [] },
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
      actions: [anAction('slack.post', { channel: '#ops', text: 'x' })],
    });
    const service = createActing(database, [rule]);
    await service.take(aStatus());
    const [row] = await service.actions();
    const parent = await database.transaction((tx) => lockAction(tx, service.orgId, row?.id ?? ''));
    if (parent === undefined) throw new Error('no action');
    const { orgId, firing } = parent;
    let waiting: Promise<number> | undefined;
    await database.transaction(async (tx) => {
      await lockFiring(tx, orgId, firing);
      waiting = database.transaction(async (other) => (await lockFiring(other, orgId, firing)).length);
      // Long enough for the other to have come to the lock.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { state: _, attempts: __, ...added } = parent;
      const key = `${parent.key}/f0`;
      await insertActions(tx, [
        { action: { ...added, key, id: uuidOf(key), path: '0.f0' }, state: 'queued', attempts: 0 },
      ]);
    });
    expect(await waiting).toBe(2);
  });
});
