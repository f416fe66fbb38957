import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decisions, holds } from '../../src/store/schema.ts';
import { type Acting, createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

/** A revoked channel, known by a chat of its own that is marked so; other chats of the channel are held. */
const revoked = aRule({
  id: 'revoked',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'REVOKED' }] },
  actions: [anAction('slack.alert', { channel: '#ops', text: 'revoked' })],
});
const held = aRule({ id: 'held', inhibitedBy: ['revoked'], trigger: { kind: 'hold', forMs: MINUTE } });

describe.each(databases)('inhibition on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const outcomesOf = async ({ orgId }: Acting, ruleId: string) =>
    (await database.db.select().from(decisions).where(eq(decisions.orgId, orgId)))
      .filter((decision) => decision.ruleId === ruleId)
      .sort((a, b) => a.id - b.id)
      .map(({ outcome, subject }) => `${subject} ${outcome}`);

  test('episodes of other chats of the channel hold back, until they are over', async () => {
    const service = createActing(database, [revoked, held]);
    const chat = (sessionId: string, channelId: string) =>
      statusEvent(START, 'ON_HOLD', { sessionId, channelId, old: 'OPEN' });
    await service.take(
      statusEvent(START, 'REVOKED', { sessionId: 'mark' }),
      chat('s1', 'c1'),
      chat('s2', 'c1'),
      chat('s3', 'c2'),
    );
    service.clock.advance(MINUTE);
    await service.judge();
    const fired = async () => (await outcomesOf(service, 'held')).filter((text) => !text.endsWith('armed')).sort();
    expect(await fired()).toEqual(['s1 inhibited', 's2 inhibited', 's3 fired']);
    expect(await database.db.select().from(holds).where(eq(holds.subject, 's1'))).toMatchObject([
      { state: 'running', channelId: 'c1', inhibitedSince: START + MINUTE, nextAt: START + 2 * MINUTE },
    ]);
    service.clock.advance(30_000);
    await service.take(statusEvent(service.clock.now(), 'ENDED', { sessionId: 'mark', old: 'REVOKED' }));
    service.clock.advance(30_000);
    await service.judge();
    expect(await fired()).toEqual(['s1 fired', 's1 inhibited', 's2 fired', 's2 inhibited', 's3 fired']);
  });

  test('what fires in the same batch holds back too', async () => {
    const said = aRule({
      id: 'said',
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
      conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'OPEN' }] },
      inhibitedBy: ['revoked'],
    });
    const service = createActing(database, [revoked, said]);
    await service.take(
      statusEvent(START, 'OPEN', { sessionId: 'a' }),
      statusEvent(START, 'REVOKED', { sessionId: 'mark' }),
      statusEvent(START, 'OPEN', { sessionId: 'z' }),
    );
    expect((await outcomesOf(service, 'said')).sort()).toEqual(['a inhibited', 'z inhibited']);
  });
});
