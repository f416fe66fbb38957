import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ActionSpec } from '../../src/domain/action.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { deliverJob } from '../../src/services/deliver.ts';
import { expireActions, reconnectActions, redriveAction } from '../../src/services/redrive.ts';
import { datasetRows, tiles } from '../../src/store/schema.ts';
import { type Acting, aStatus, createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, messageEvent, START } from '../support/timeline.ts';

/** A rule that fires on every status event with these actions. */
function onStatus(actions: ActionSpec[], more: Partial<Rule> = {}): Rule {
  return aRule({
    id: 'r',
    conditions: { all: [] },
    trigger: { kind: 'event', on: ['IM_Session_Status', 'IM_Message_Add'], late: false },
    actions,
    ...more,
  });
}

const post = (text: string, more: Partial<ActionSpec> = {}) =>
  anAction('slack.post', { channel: '#ops', text }, { id: 'post', ...more });
const assign = (more: Partial<ActionSpec> = {}) =>
  anAction('zoho.assignSession', { agentId: 'a2' }, { id: 'assign', ...more });
const reading = (id: string, more: Partial<ActionSpec> = {}) =>
  post(`{{ results.${id}.state }} {{ results.${id}.agentName }}`, {
    id: 'told',
    reads: [id],
    facts: ['results'],
    ...more,
  });

describe.each(databases)('deliveries on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const acting = (...actions: ActionSpec[]) => createActing(database, [onStatus(actions)]);
  const states = async (service: Acting) => (await service.actions()).map(({ state }) => state);

  describe('actions of one firing', () => {
    test('one that needs another goes after it, with its results', async () => {
      const service = acting(assign(), reading('assign', { needs: 'assign' }));
      service.zoho.answers = [{ kind: 'delivered', result: { agentName: 'Ana' } }];
      await service.take(aStatus());
      expect(await service.deliverOnce()).toBe(1);
      await service.deliverAll();
      expect(service.slack.deliveries).toMatchObject([{ params: { text: 'delivered Ana' } }]);
      expect(await states(service)).toEqual(['delivered', 'delivered']);
    });

    test('one that needs what failed for good is skipped, and says why; one that only reads it goes', async () => {
      const service = acting(
        assign(),
        post('never', { id: 'needing', needs: 'assign' }),
        reading('assign'),
        post('after', { id: 'last', needs: 'needing' }),
      );
      service.zoho.answers = [{ kind: 'refused', reason: 'no such agent' }];
      await service.take(aStatus());
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([
        { state: 'refused', reason: 'no such agent' },
        { state: 'skipped', reason: 'it needs "assign", which was refused: no such agent' },
        { state: 'delivered', params: { text: 'refused ' } },
        { state: 'skipped' },
      ]);
      expect(service.slack.deliveries).toHaveLength(1);
    });

    test('one that needs or reads what is written at once does not wait for ever', async () => {
      const service = acting(
        anAction('record', { dataset: 'd', fields: { a: 1 } }, { id: 'row' }),
        anAction('dashboard.update', { tile: '', add: 1 }, { id: 'wrong' }),
        post('recorded', { id: 'a', needs: 'row' }),
        post('not counted', { id: 'b', needs: 'wrong' }),
        anAction(
          'record',
          { dataset: 'd', fields: { b: '{{ results.row.state }}' } },
          { id: 'c', reads: ['row'], facts: ['results'] },
        ),
      );
      await service.take(aStatus());
      await service.deliverAll();
      expect(await states(service)).toEqual(['delivered', 'refused', 'delivered', 'skipped', 'delivered']);
      expect(service.slack.deliveries).toMatchObject([{ params: { text: 'recorded' } }]);
      const rows = (await database.db.select().from(datasetRows)).filter(({ orgId }) => orgId === service.orgId);
      expect(rows.map(({ fields }) => fields)).toEqual(expect.arrayContaining([{ a: 1 }, { b: 'delivered' }]));
    });

    test('what fails for good sets its failure actions going, which may read the results of all before', async () => {
      const service = acting(
        assign(),
        anAction(
          'http.request',
          { url: 'https://x.example' },
          {
            id: 'call',
            onFailure: [
              post('{{ results.call.state }} {{ results.assign.agentName }}', {
                id: 'plan-b',
                reads: ['assign', 'call'],
                facts: ['results'],
              }),
              anAction('dashboard.update', { tile: 'failures', add: 1 }, { id: 'count' }),
              post('and then', { id: 'plan-c', needs: 'plan-b' }),
            ],
          },
        ),
      );
      service.zoho.answers = [{ kind: 'delivered', result: { agentName: 'Ana' } }];
      service.http.answers = [{ kind: 'refused', reason: '410' }];
      await service.take(aStatus());
      await service.deliverAll();
      expect(service.slack.deliveries.map(({ params }) => params['text'])).toEqual(['refused Ana', 'and then']);
      const counted = (await database.db.select().from(tiles)).filter(({ orgId }) => orgId === service.orgId);
      expect(counted).toMatchObject([{ tile: 'failures', value: 1 }]);
    });
  });

  describe('a destination that answers', () => {
    test('try again: is tried again with growing pauses, and each try is recorded', async () => {
      const service = acting(post('x'));
      const again = { kind: 'retry' as const, reason: '503' };
      service.slack.answers = [again, again, again];
      await service.take(aStatus());
      await service.deliverAll();
      expect(service.delays).toEqual([750, 1_500, 3_000]);
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 4, reason: null }]);
      expect((await service.attempts()).map(({ outcome }) => outcome)).toEqual([
        'retry',
        'retry',
        'retry',
        'delivered',
      ]);
    });

    test('try again later than the action lives: is given up, and its failure actions go', async () => {
      const service = acting(assign({ onFailure: [post('given up')] }));
      service.zoho.answers = [{ kind: 'retry', reason: 'credits are gone', afterMs: 2 * 60 * MINUTE }];
      await service.take(aStatus());
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([
        { state: 'dead', reason: 'given up 0s after the firing: credits are gone' },
        { state: 'delivered' },
      ]);
    });

    test('not your turn: is no attempt, and may happen as often as it likes', async () => {
      const service = acting(post('x'));
      service.slack.answers = Array.from({ length: 30 }, () => ({
        kind: 'retry' as const,
        reason: 'pace',
        afterMs: 1_000,
        counts: false,
      }));
      await service.take(aStatus());
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
      expect(await service.attempts()).toMatchObject([{ attempt: 1, outcome: 'delivered' }]);
      expect(new Set(service.slack.deliveries.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    });

    test('nobody there: is asked for a minute, then the failure actions go', async () => {
      const service = acting(assign({ onFailure: [post('nobody')] }));
      service.zoho.answers = Array.from({ length: 20 }, () => async () => {
        service.clock.advance(10_000);
        return { kind: 'nobody' as const, reason: 'no agent is online' };
      });
      await service.take(aStatus());
      await service.deliverAll();
      expect(service.zoho.deliveries).toHaveLength(7);
      expect(await service.actions()).toMatchObject([
        { state: 'refused', reason: 'no agent is online' },
        { state: 'delivered' },
      ]);
    });

    test('with a fault of its own: counts as a failed try and is tried again', async () => {
      const service = acting(post('x'));
      service.slack.answers = [() => Promise.reject(new TypeError('a bug'))];
      await service.take(aStatus());
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    });

    test('not even rendered, since the process got no time: is tried again', async () => {
      const service = acting(post("{{ 'x' }}"));
      await service.take(aStatus());
      let now = 0;
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
        now += 60_000;
        return now;
      });
      await service.deliverOnce();
      clock.mockRestore();
      expect(await service.actions()).toMatchObject([
        { state: 'queued', attempts: 0, reason: 'a template was not rendered within 10s' },
      ]);
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    });

    test('with text that no database takes: is settled all the same', async () => {
      const service = acting(post('x'), post('y', { id: 'second' }));
      service.slack.answers = [
        { kind: 'delivered', result: { 'a\0b': 'NUL \0 and \ud800 half a pair' } },
        { kind: 'refused', reason: 'NUL \0 and \ud800' },
      ];
      await service.take(aStatus());
      await service.deliverAll();
      expect((await states(service)).sort()).toEqual(['delivered', 'refused']);
      expect(service.slack.deliveries).toHaveLength(2);
    });
  });

  describe('a lost answer', () => {
    const lost = { kind: 'uncertain' as const, reason: 'time-out' };

    test('is repeated, and the destination is told that it may have happened', async () => {
      const service = acting(post('x'));
      service.slack.answers = [lost];
      await service.take(aStatus());
      await service.deliverAll();
      expect(service.slack.deliveries.map(({ mayHaveHappened }) => mayHaveHappened)).toEqual([false, true]);
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    });

    test('is left where the rule says so; a person may still have it tried again, and again left if it is lost again', async () => {
      const service = acting(post('x', { onUncertain: 'leave' }));
      service.slack.answers = [lost, lost];
      await service.take(aStatus());
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([{ state: 'uncertain', attempts: 1, reason: 'time-out' }]);
      const [action] = await service.actions();
      for (const expected of ['uncertain', 'delivered']) {
        await redriveAction(service.deps, service.orgId, action?.id ?? '', 'api');
        await service.deliverAll();
        expect(await states(service)).toEqual([expected]);
      }
      expect(service.slack.deliveries.map(({ mayHaveHappened }) => mayHaveHappened)).toEqual([false, true, true]);
    });

    test('a process that dies between the call and the answer: another goes on and knows that it may have happened', async () => {
      const service = acting(post('x'));
      await service.take(aStatus());
      const [job] = await service.claim();
      if (job === undefined) throw new Error('no job');
      const death = new AbortController();
      const transaction = () => {
        death.abort();
        return Promise.reject(new Error('killed'));
      };
      const dying = { ...service.deps, database: { ...database, transaction } };
      await expect(deliverJob(dying, job, death.signal)).rejects.toThrow('killed');
      expect(await service.actions()).toMatchObject([{ state: 'delivering', attempts: 1 }]);
      await deliverJob(service.deps, job, new AbortController().signal);
      expect(service.slack.deliveries.map(({ attempt, mayHaveHappened }) => [attempt, mayHaveHappened])).toEqual([
        [1, false],
        [2, true],
      ]);
      expect((await service.attempts()).map(({ outcome }) => outcome)).toEqual([null, 'delivered']);
    });

    test('with leave, a death before the answer leaves it uncertain without a second call', async () => {
      const service = acting(post('x', { onUncertain: 'leave' }));
      await service.take(aStatus());
      const [job] = await service.claim();
      if (job === undefined) throw new Error('no job');
      const death = new AbortController();
      const transaction = () => {
        death.abort();
        return Promise.reject(new Error('killed'));
      };
      const dying = { ...service.deps, database: { ...database, transaction } };
      await expect(deliverJob(dying, job, death.signal)).rejects.toThrow('killed');
      await deliverJob(service.deps, job, new AbortController().signal);
      expect(service.slack.deliveries).toHaveLength(1);
      expect(await states(service)).toEqual(['uncertain']);
    });

    test('what ends in our own tables is never lost: written once, whatever dies', async () => {
      const service = acting(
        assign(),
        anAction('dashboard.update', { tile: 'once', add: 1 }, { id: 'count', needs: 'assign', onUncertain: 'leave' }),
      );
      await service.take(aStatus());
      await service.deliverOnce();
      const [job] = await service.claim();
      if (job === undefined) throw new Error('no job');
      const death = new AbortController();
      const dying = {
        ...service.deps,
        database: {
          ...database,
          transaction: <T>(work: Parameters<typeof database.transaction<T>>[0]) =>
            database.transaction<T>(async (tx) => {
              await work(tx);
              death.abort();
              throw new Error('killed');
            }),
        },
      };
      await expect(deliverJob(dying, job, death.signal)).rejects.toThrow('killed');
      await deliverJob(service.deps, job, new AbortController().signal);
      const counted = (await database.db.select().from(tiles)).filter(({ orgId }) => orgId === service.orgId);
      expect(counted).toMatchObject([{ tile: 'once', value: 1 }]);
      expect(await states(service)).toEqual(['delivered', 'delivered']);
    });

    test('a worker whose claim lapsed does not overturn what the next one settled', async () => {
      const service = acting(post('x'));
      await service.take(aStatus());
      const [job] = await service.claim();
      if (job === undefined) throw new Error('no job');
      let answerFirst: (() => void) | undefined;
      service.slack.answers = [
        async () => {
          await new Promise<void>((resolve) => {
            answerFirst = resolve;
          });
          return { kind: 'retry', reason: 'too slow' };
        },
      ];
      const slow = deliverJob(service.deps, job, new AbortController().signal);
      while (answerFirst === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      await deliverJob(service.deps, { ...job, retryCount: job.retryCount }, new AbortController().signal);
      expect(await states(service)).toEqual(['delivered']);
      answerFirst();
      await slow;
      expect(await service.actions()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
      expect((await service.attempts()).map(({ outcome }) => outcome)).toEqual(['retry', 'delivered']);
    });
  });

  describe('an action that is too late', () => {
    test('is not carried out any more and says how late it was', async () => {
      const service = createActing(database, [onStatus([post('x')], { maxLateMs: 10 * MINUTE })]);
      await service.take(aStatus());
      service.clock.set(START + 10 * MINUTE + 1);
      await service.deliverAll();
      expect(service.slack.deliveries).toEqual([]);
      expect(await states(service)).toEqual(['dead']);
      const [action] = await service.actions();
      expect(action?.reason).toContain('10m');
    });

    test('can be brought back by a person, for an hour from then; a delivered one cannot', async () => {
      const service = createActing(database, [onStatus([post('x')], { maxLateMs: MINUTE })]);
      await service.take(aStatus());
      service.clock.set(START + 60 * MINUTE);
      await service.deliverAll();
      const [action] = await service.actions();
      const id = action?.id ?? '';
      await redriveAction(service.deps, service.orgId, id, 'api');
      await service.deliverAll();
      expect(await states(service)).toEqual(['delivered']);
      await expect(redriveAction(service.deps, service.orgId, id, 'api')).rejects.toMatchObject({ code: 'conflict' });
      await expect(redriveAction(service.deps, service.orgId, 'none', 'api')).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });

  describe('a destination without credentials', () => {
    test('keeps its actions until it is connected, and then they go', async () => {
      const service = acting(assign(), reading('assign'), post('needs it', { id: 'needing', needs: 'assign' }));
      service.zoho.connected = false;
      await service.take(aStatus());
      await service.deliverAll();
      // What merely reads the result goes without it; what needs it waits.
      expect(await states(service)).toEqual(['not_connected', 'delivered', 'queued']);
      expect(await service.attempts()).toHaveLength(1);
      service.zoho.connected = true;
      expect(await reconnectActions(service.deps, ['zoho-desk'])).toBe(1);
      await service.deliverAll();
      expect(await states(service)).toEqual(['delivered', 'delivered', 'delivered']);
    });

    test('that is never connected in time: its actions end, their failure actions go, what needed them is skipped', async () => {
      const service = acting(
        assign({ onFailure: [post('nobody could be asked', { id: 'plan-b' })] }),
        post('needs it', { id: 'needing', needs: 'assign' }),
      );
      service.zoho.connected = false;
      await service.take(messageEvent(START, 'IN', { text: 'my secret' }));
      await service.deliverAll();
      service.clock.set(START + 60 * MINUTE + 1);
      expect(await reconnectActions(service.deps, ['zoho-desk'])).toBe(0);
      expect(await expireActions(service.deps)).toBeGreaterThan(0);
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([
        { state: 'dead', reason: 'never connected in time' },
        { state: 'delivered' },
        { state: 'skipped' },
      ]);
      expect(service.slack.deliveries).toMatchObject([{ params: { text: 'nobody could be asked' } }]);
      expect(await expireActions(service.deps)).toBe(0);
    });
  });

  describe('what people wrote', () => {
    const secret = messageEvent(START, 'IN', { text: 'my secret', actor: { type: 'ENDUSER', name: 'Kamal Secret' } });
    const quoting = (more: Partial<ActionSpec> = {}) =>
      post('{{ event.actor.name }} said {{ event.text }}', { facts: ['event'], ...more });

    test.each([
      ['delivered', { kind: 'delivered', result: {} }],
      ['refused', { kind: 'refused', reason: 'no' }],
      ['dead', { kind: 'retry', reason: 'no', afterMs: 10 * 60 * MINUTE }],
      ['uncertain', { kind: 'uncertain', reason: 'time-out' }],
    ] as const)('reaches the destination and is gone once the action is %s', async (state, answer) => {
      const service = acting(quoting({ onUncertain: 'leave' }));
      service.slack.answers = [answer];
      await service.take(secret);
      await service.deliverAll();
      expect(service.slack.deliveries).toMatchObject([{ params: { text: 'Kamal Secret said my secret' } }]);
      expect(await states(service)).toEqual([state]);
      expect(JSON.stringify(await service.actions())).not.toMatch(/my secret|Kamal/);
    });

    test('is gone too when the destination was never connected', async () => {
      const service = acting(quoting());
      service.slack.connected = false;
      await service.take(secret);
      await service.deliverAll();
      service.clock.set(START + 61 * MINUTE);
      await expireActions(service.deps);
      expect(await states(service)).toEqual(['dead']);
      expect(JSON.stringify(await service.actions())).not.toMatch(/my secret|Kamal/);
    });

    test('stays where personal data may be stored', async () => {
      const service = createActing(database, [onStatus([quoting()])], { storePersonalData: true });
      await service.take(secret);
      await service.deliverAll();
      expect(await service.actions()).toMatchObject([{ params: { text: 'Kamal Secret said my secret' } }]);
    });
  });

  describe('lanes', () => {
    test('actions of one chat at one destination go one after the other, in their order, also when one is tried again', async () => {
      const service = acting(post('1', { id: 'a' }), post('2', { id: 'b' }), post('3', { id: 'c' }));
      service.slack.answers = [
        { kind: 'retry', reason: 'busy' },
        { kind: 'retry', reason: 'busy' },
      ];
      await service.take(aStatus());
      for (let round = 0; round < 5; round += 1) expect(await service.deliverOnce()).toBe(1);
      expect(service.slack.deliveries.map(({ params }) => params['text'])).toEqual(['1', '1', '1', '2', '3']);
    });

    test('chats, and destinations of one chat, do not wait for each other', async () => {
      const service = acting(post('slack'), assign());
      await service.take(aStatus('s1'), aStatus('s2'), aStatus('s3'));
      expect(await service.deliverOnce()).toBe(6);
    });

    test('a delivery under way holds its lane: nobody else gets the next one', async () => {
      const service = acting(post('1', { id: 'a' }), post('2', { id: 'b' }));
      await service.take(aStatus());
      const [first] = await service.claim();
      expect(await service.claim()).toEqual([]);
      if (first === undefined) throw new Error('no job');
      await deliverJob(service.deps, first, new AbortController().signal);
      expect(await service.claim()).toHaveLength(1);
    });
  });

  test('a stop during a call gives the action back, to be tried at once by whoever comes next', async () => {
    const service = acting(post('x'));
    service.slack.answers = [
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'refused', reason: 'cut off' }), { once: true });
        }),
    ];
    await service.take(aStatus());
    const stopping = new AbortController();
    const round = service.deliverOnce(stopping.signal);
    while (service.slack.deliveries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort();
    await round;
    expect(await states(service)).toEqual(['queued']);
    await service.deliverAll();
    expect(await states(service)).toEqual(['delivered']);
  });
});
