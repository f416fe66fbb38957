import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import { tendGroups } from '../../src/services/alert-groups.ts';
import type { CardOptions } from '../../src/services/join-groups.ts';
import { reconnectActions, redriveAction } from '../../src/services/redrive.ts';
import { releaseHeld } from '../../src/services/release-held.ts';
import { changePause, insertPause } from '../../src/store/mutes.ts';
import { checkInvariants } from '../../src/store/read/invariants/check-invariants.ts';
import { alertGroups, alerts } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { chatIds, createStorm, type Storm } from '../support/storms.ts';
import { MINUTE } from '../support/timeline.ts';

/** The rules of this suite are made, not loaded; and a portal ends the jobs that one before it has left. */
const NOT_HERE = new Set(['deciding-rules-are-known', 'unfinished-actions-have-a-job']);
const SECOND = 1_000;
const CARD = { channel: '#chat-ops', text: 'chat {{ session.id }} is lost', mention: '@here' };
const lost: Rule = aRule({
  id: 'lost',
  name: 'Lost chats',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'LOST' }] },
  groupAlerts: { by: [], waitMs: 30 * SECOND, intervalMs: 5 * MINUTE },
  actions: [anAction('slack.alert', CARD, { facts: ['session'] })],
});

describe.each(databases)('alert groups on $kind', ({ open }) => {
  let database: TestDatabase;
  const opened: Storm[] = [];
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  afterEach(async () => {
    for (const storm of opened.splice(0)) {
      const checked = await checkInvariants(database.db, storm.clock.now());
      const broken = checked.filter(({ name, violations }) => violations > 0 && !NOT_HERE.has(name));
      expect(broken.map(({ name, examples }) => [name, examples])).toEqual([]);
      await storm.stop();
    }
  });

  async function aStorm(rules = [lost], cards?: CardOptions): Promise<Storm> {
    const storm = await createStorm(database, rules, cards === undefined ? {} : { cards });
    opened.push(storm);
    return storm;
  }
  const groupsOf = ({ orgId }: Storm) => database.db.select().from(alertGroups).where(eq(alertGroups.orgId, orgId));
  const alertsOf = ({ orgId }: Storm) => database.db.select().from(alerts).where(eq(alerts.orgId, orgId));

  test('many chats make one card, posted after the wait and edited at the interval, whose count is right', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(150));
    await storm.after(29 * SECOND);
    expect(storm.shown()).toEqual([]);
    await storm.after(SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*150 chats*, 150 still open')]);
    await storm.chats('LOST', chatIds(100, 151));
    await storm.after(4 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('*150 chats*')]);
    await storm.chats('ENDED', chatIds(20));
    await storm.after(MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('*250 chats*, 230 still open')]);
    await storm.after(5 * MINUTE);
    const [message] = storm.standIn.messages('#chat-ops');
    expect(message?.history).toHaveLength(1);
    expect(await groupsOf(storm)).toMatchObject([
      { shownTotal: 250, shownOpen: 230, edits: 1, version: 2, overflow: false },
    ]);
  });

  test('each firing stays an action and an alert of its own, and no job carries it', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(3));
    expect(await storm.claim()).toEqual([]);
    const [group] = await groupsOf(storm);
    expect(await storm.actions()).toMatchObject(
      chatIds(3).map((id) => ({
        type: 'slack.alert',
        state: 'delivered',
        params: { text: `chat ${id} is lost` },
        result: { group: group?.id },
      })),
    );
    expect(await alertsOf(storm)).toMatchObject(chatIds(3).map(() => ({ state: 'open', groupId: group?.id })));
  });

  test('what needs a card goes on when the card joins, and what needs a card told again by its group is skipped', async () => {
    const card = anAction('slack.alert', CARD, { id: 'card', facts: ['session'] });
    const needing = anAction('http.request', { url: 'https://example.com' }, { id: 'needing', needs: 'card' });
    const trigger = { kind: 'hold', forMs: MINUTE } as const;
    const repeat = { everyMs: 10 * MINUTE, times: 1 };
    const storm = await aStorm([{ ...lost, trigger, repeat, actions: [card, needing] }]);
    await storm.chats('LOST', ['s1']);
    await storm.after(MINUTE);
    expect((await storm.actions()).filter(({ type }) => type === 'http.request')).toMatchObject([
      { waitsFor: null, state: 'delivered' },
    ]);
    await storm.after(10 * MINUTE);
    const repeated = (await storm.actions()).filter(({ firing }) => firing.endsWith('/r1'));
    expect(repeated.map(({ type, state, reason }) => [type, state, reason])).toEqual([
      ['slack.alertUpdate', 'skipped', 'the card of its group tells of it'],
      ['http.request', 'skipped', 'it needs "card", which was skipped: the card of its group tells of it'],
    ]);
  });

  test('only the post mentions people', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    await storm.after(30 * SECOND);
    expect(storm.shown()[0]).toContain('<!here>');
    await storm.chats('LOST', ['s3']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()[0]).toContain('3 chats');
    expect(storm.shown()[0]).not.toContain('<!here>');
  });

  test('when all are resolved the card says so once, and the next chat gets a new one', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(4));
    await storm.after(30 * SECOND);
    await storm.after(MINUTE);
    await storm.chats('ENDED', chatIds(4));
    await storm.after(4 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('All 4 chats resolved')]);
    expect(await groupsOf(storm)).toMatchObject([{ closedAt: storm.clock.now() }]);
    await storm.after(5 * MINUTE);
    expect(await groupsOf(storm)).toMatchObject([{ nextAt: null, edits: 1 }]);
    await storm.chats('LOST', ['s9']);
    await storm.after(30 * SECOND);
    expect(storm.shown()).toHaveLength(2);
    // None of the members has a card that would have to be edited.
    expect((await storm.actions()).filter(({ type }) => type === 'slack.alertUpdate')).toEqual([]);
  });

  test('a group of one looks like any card, and grows when more come', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', ['s1']);
    await storm.after(30 * SECOND);
    expect(storm.shown()).toEqual(['🟠 Lost chats: <!here> chat s1 is lost']);
    await storm.chats('LOST', ['s2']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('2 chats')]);
  });

  test('what is over before the post is counted as over; when all are, nothing is posted', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', ['s1', 's2', 's3']);
    storm.clock.advance(SECOND);
    await storm.chats('ENDED', ['s2']);
    await storm.after(30 * SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*3 chats*, 2 still open')]);

    const quiet = await aStorm();
    await quiet.chats('LOST', ['s1', 's2']);
    quiet.clock.advance(SECOND);
    await quiet.chats('ENDED', ['s1', 's2']);
    await quiet.after(30 * SECOND);
    expect(quiet.standIn.calls).toEqual([]);
    expect(await quiet.actions()).toMatchObject([
      { state: 'skipped', reason: 'the episode was over before the card was posted' },
      { state: 'skipped' },
    ]);
    expect(await groupsOf(quiet)).toMatchObject([{ nextAt: null, slackTs: null, version: 0 }]);
  });

  test('by: each value of a field has a card of its own', async () => {
    const storm = await aStorm([
      { ...lost, groupAlerts: { by: ['session.channelId'], waitMs: SECOND, intervalMs: MINUTE } },
    ]);
    await storm.chats('LOST', chatIds(3), { channelId: 'c1' });
    await storm.chats('LOST', chatIds(5, 4), { channelId: 'c2' });
    await storm.after(SECOND);
    expect(storm.shown().sort()).toEqual([expect.stringContaining('*3 chats*'), expect.stringContaining('*5 chats*')]);
  });

  test('after an hour new chats get a new card; the old one goes on telling the truth', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    await storm.after(30 * SECOND);
    for (let minute = 0; minute < 61; minute += 5) await storm.after(5 * MINUTE);
    await storm.chats('LOST', chatIds(2, 3));
    await storm.chats('ENDED', ['s1']);
    await storm.after(MINUTE);
    expect(storm.shown()).toEqual([
      expect.stringContaining('*2 chats*, 1 still open'),
      expect.stringContaining('*2 chats*, 2 still open'),
    ]);
  });

  test('a card that was deleted in Slack is posted anew at the next edit', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    await storm.after(30 * SECOND);
    storm.standIn.faults.add({
      path: '/api/chat.update',
      fault: 'respond',
      status: 200,
      body: { ok: false, error: 'message_not_found' },
    });
    await storm.chats('LOST', ['s3']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('2 chats'), expect.stringContaining('3 chats')]);
    await storm.chats('LOST', ['s4']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('2 chats'), expect.stringContaining('4 chats')]);
  });

  test('where Slack refuses the card the group is closed, shown as refused, and goes on when it is put back', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    storm.standIn.faults.add({ fault: 'is_archived', path: '/api/chat.postMessage' });
    await storm.after(30 * SECOND);
    const refused = (await storm.actions()).find(({ type }) => type === 'slack.groupCard');
    expect(refused).toMatchObject({ state: 'refused', reason: expect.stringContaining('archived') });
    expect(await groupsOf(storm)).toMatchObject([{ closedAt: storm.clock.now(), nextAt: null }]);
    // Who fires next is tried anew, and a person may put the refused one back.
    await storm.chats('LOST', chatIds(2, 3));
    await storm.after(30 * SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*2 chats*')]);
    await redriveAction(storm.deps, storm.orgId, refused?.id ?? '', 'maria');
    storm.clock.advance(SECOND);
    await storm.chats('ENDED', ['s1']);
    await storm.after(0);
    await storm.chats('ENDED', ['s2']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()).toEqual([
      expect.stringContaining('*2 chats*, 2 still open'),
      expect.stringContaining('All 2 chats resolved'),
    ]);
  });

  test('without a token the card waits until Slack is connected, and is then right', async () => {
    const storm = await aStorm();
    const { slack } = storm.deps.destinations;
    storm.deps.destinations = { ...storm.deps.destinations, slack: { ...storm.slack, connected: false } };
    await storm.chats('LOST', chatIds(2));
    await storm.after(30 * SECOND);
    await storm.chats('LOST', ['s3']);
    await storm.after(10 * MINUTE);
    expect((await storm.actions()).filter(({ type }) => type === 'slack.groupCard')).toMatchObject([
      { state: 'not_connected' },
    ]);
    storm.deps.destinations = { ...storm.deps.destinations, ...(slack && { slack }) };
    expect(await reconnectActions(storm.deps, ['slack'])).toBe(1);
    await storm.after(0);
    expect(storm.shown()).toEqual([expect.stringContaining('*3 chats*')]);
  });

  test('a pause that drops actions makes the card wait, which is right when it is over', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    const pause = { scope: { kind: 'everything' as const }, actions: 'drop' as const, owner: 'ana', reason: 'a trial' };
    const at = storm.clock.now();
    await insertPause(database.db, {
      ...pause,
      orgId: storm.orgId,
      id: 'p',
      startsAt: at,
      createdAt: at,
      createdBy: 'ana',
    });
    await storm.after(30 * SECOND);
    await storm.after(5 * MINUTE);
    await storm.chats('LOST', ['s3']);
    await storm.after(5 * MINUTE);
    expect(storm.standIn.calls).toEqual([]);
    expect((await storm.actions()).filter(({ type }) => type === 'slack.groupCard')).toMatchObject([
      { heldBy: 'pause:p' },
    ]);
    await changePause(database.db, storm.orgId, 'p', { liftedAt: storm.clock.now(), liftedBy: 'ana' });
    await releaseHeld(storm.deps, storm.orgId);
    await storm.after(0);
    // The third was dropped, as the pause says.
    expect(storm.shown()).toEqual([expect.stringContaining('*2 chats*, 2 still open')]);
  });

  test('a post whose answer was lost is repeated, and edits go to the one that is known', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    storm.standIn.faults.add({ fault: 'reset_after', path: '/api/chat.postMessage' });
    await storm.after(30 * SECOND);
    await storm.chats('LOST', ['s3']);
    await storm.after(5 * MINUTE);
    expect(storm.shown()).toEqual([expect.stringContaining('*2 chats*'), expect.stringContaining('*3 chats*')]);
  });

  test('two tenders at once post one card', async () => {
    const storm = await aStorm();
    await storm.chats('LOST', chatIds(2));
    storm.clock.advance(30 * SECOND);
    const counts = await Promise.all([tendGroups(storm.deps), tendGroups(storm.deps), tendGroups(storm.deps)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    await storm.deliverAll();
    expect(storm.shown()).toHaveLength(1);
  });

  test('a card that waits for another action joins when it is delivered', async () => {
    const waits = aRule({
      ...lost,
      id: 'waits',
      actions: [
        anAction('http.request', { url: 'https://x.invalid/' }, { id: 'call' }),
        anAction('slack.alert', CARD, { facts: ['session'], needs: 'call' }),
      ],
    });
    const storm = await aStorm([waits]);
    await storm.chats('LOST', chatIds(3));
    storm.clock.advance(SECOND);
    await storm.chats('ENDED', ['s3']);
    await storm.after(30 * SECOND);
    await storm.after(30 * SECOND);
    expect(storm.shown()).toEqual([expect.stringContaining('*2 chats*, 2 still open')]);
    const cards = (await storm.actions()).filter(({ type }) => type === 'slack.alert');
    expect(cards.map(({ state }) => state).sort()).toEqual(['delivered', 'delivered', 'skipped']);
  });

  describe('the budget of a channel', () => {
    const single: Rule = { ...lost, id: 'single', name: 'Single' };
    delete single.groupAlerts;
    const cards = { perMinute: 5, publicUrl: undefined };

    test('lets so many cards a minute pass; the rest shares one that grows', async () => {
      const storm = await aStorm([single], cards);
      await storm.chats('LOST', chatIds(60));
      await storm.after(5 * SECOND);
      expect(storm.shown()).toHaveLength(6);
      expect(storm.shown().filter((text) => text.includes('is lost'))).toHaveLength(5);
      expect(storm.shown().at(-1)).toContain('*55 chats*, 55 still open');
      await storm.chats('LOST', chatIds(40, 61));
      await storm.after(5 * SECOND);
      expect(storm.shown()).toHaveLength(6);
      expect(storm.shown().at(-1)).toContain('*95 chats*');
      await storm.after(MINUTE);
      await storm.chats('LOST', ['s101']);
      await storm.after(SECOND);
      expect(storm.shown().at(-1)).toBe('🟠 Single: <!here> chat s101 is lost');
    });

    test('is of each channel, and of all rules together', async () => {
      const elsewhere = {
        ...single,
        id: 'elsewhere',
        actions: [anAction('slack.alert', { channel: '#supervisors', text: 'x' })],
      };
      const twin = { ...single, id: 'twin', name: 'Twin' };
      const storm = await aStorm([single, twin, elsewhere], cards);
      await storm.chats('LOST', chatIds(6));
      await storm.after(5 * SECOND);
      const singles = storm.shown().filter((text) => text.includes('is lost'));
      expect(singles).toHaveLength(5);
      expect(storm.standIn.messages('#supervisors')).toHaveLength(6);
    });

    test('counts cards that waited for another action too', async () => {
      const waits: Rule = {
        ...single,
        actions: [
          anAction('http.request', { url: 'https://x.invalid/' }, { id: 'call' }),
          anAction('slack.alert', CARD, { facts: ['session'], needs: 'call' }),
        ],
      };
      const storm = await aStorm([waits], cards);
      await storm.chats('LOST', chatIds(12));
      await storm.after(0);
      await storm.after(5 * SECOND);
      expect(storm.shown()).toHaveLength(6);
      expect(storm.shown().at(-1)).toContain('*7 chats*');
    });

    test('a notice about what is no chat is counted, and the group does not wait for its end', async () => {
      const notice: Rule = {
        ...single,
        trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
        conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ENDED' }] },
      };
      const storm = await aStorm([notice], cards);
      await storm.chats('ENDED', chatIds(30));
      await storm.after(5 * SECOND);
      expect(storm.shown()).toHaveLength(6);
      expect(storm.shown().at(-1)).toMatch(/\*25 chats\*, since/);
    });
  });
});
