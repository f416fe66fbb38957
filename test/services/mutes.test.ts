import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trigger } from '../../src/domain/rule.ts';
import { resolveAlert } from '../../src/services/alert-verbs.ts';
import { keepMutes } from '../../src/services/keep-mutes.ts';
import { createMuteVerbs, type MuteVerbs } from '../../src/services/mute-verbs.ts';
import { expireActions } from '../../src/services/redrive.ts';
import { releaseHeld } from '../../src/services/release-held.ts';
import { tickSchedules } from '../../src/services/tick-schedules.ts';
import { checkInvariants } from '../../src/store/read/invariants/check-invariants.ts';
import { findPause, findSilence } from '../../src/store/read/mutes.ts';
import { listLiveAlerts } from '../../src/store/read/watch-lists.ts';
import { audit, datasetRows, decisions, silences } from '../../src/store/schema.ts';
import { type Acting, aStatus, createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const HOUR = 60 * MINUTE;
const onStatus: Trigger = { kind: 'event', on: ['IM_Session_Status'], late: false };
const post = anAction('slack.post', { channel: '#ops', text: 'x' }, { id: 'post' });
const card = anAction('slack.alert', { channel: '#ops', text: 'x' }, { id: 'card' });
const row = anAction('record', { dataset: 'd', fields: { a: 'b' } }, { id: 'row' });
const call = anAction('http.request', { url: 'https://example.com' }, { id: 'call' });
const people = { owner: 'Ana', reason: 'maintenance' };

describe.each(databases)('silences and pauses on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  function start(...actions: Parameters<typeof aRule>[0]['actions'] & object) {
    const rule = aRule({ id: 'r', conditions: { all: [] }, trigger: onStatus, actions });
    return startWith([rule]);
  }

  function startWith(rules: ReturnType<typeof aRule>[]) {
    const service = createActing(database, rules);
    const { ruleset, clock, deps, orgId } = service;
    const names = () => ({ rules: ruleset.rules, directory: ruleset.directory });
    const verbs = createMuteVerbs({ database, clock, names });
    const tell = { queue: deps.queue, ownerChannel: '#owners', rulesetHash: () => ruleset.hash };
    return {
      service,
      verbs,
      keep: () => keepMutes({ ...deps, tell }, orgId),
      release: () => releaseHeld(deps, orgId),
      states: async () =>
        (await service.actions()).map(({ type, state, heldBy }) =>
          heldBy === null ? `${type} ${state}` : `${type} held`,
        ),
    };
  }

  const silence = (verbs: MuteVerbs, service: Acting, ms = HOUR, more = {}) =>
    verbs.createSilence(
      service.orgId,
      { matcher: { everything: true }, ...people, endsAt: service.clock.now() + ms, ...more },
      'api',
    );
  const pause = (verbs: MuteVerbs, service: Acting, more = {}) =>
    verbs.createPause(service.orgId, { scope: { kind: 'everything' }, actions: 'wait', ...people, ...more }, 'api');

  test('a silence lets a card wait, skips a message with all that needs it, and lets the rest go on', async () => {
    const needing = anAction('http.request', { url: 'https://example.com' }, { id: 'needing', needs: 'post' });
    const { service, verbs, keep, states } = start(card, post, needing, row);
    const { id } = await silence(verbs, service);
    await service.take(aStatus());
    await service.deliverAll();
    expect(await states()).toEqual([
      'slack.alert held',
      'slack.post skipped',
      'http.request skipped',
      'record delivered',
    ]);
    const [held, skipped] = await service.actions();
    const until = new Date(START + HOUR).toISOString();
    expect(held?.reason).toBe(`held back by silence ${id} of Ana until ${until}`);
    expect(skipped?.reason).toBe(held?.reason);
    expect((await findSilence(database.db, service.orgId, id))?.heldBack).toBe(2);
    expect((await findSilence(database.db, service.orgId, id))?.waiting).toBe(1);
    expect(await listLiveAlerts(database.db, service.orgId, {}, 10)).toMatchObject([
      { heldBy: `silence:${id}`, heldUntil: START + HOUR },
    ]);
    service.clock.advance(HOUR - 1);
    await keep();
    expect((await states())[0]).toBe('slack.alert held');
    service.clock.advance(1);
    await keep();
    await service.deliverAll();
    expect((await states())[0]).toBe('slack.alert delivered');
    expect(await listLiveAlerts(database.db, service.orgId, {}, 10)).toMatchObject([{ heldBy: null }]);
    expect(service.slack.deliveries.filter(({ ruleId }) => ruleId === 'r').map(({ type }) => type)).toEqual([
      'slack.alert',
    ]);
  });

  test('a firing that is held back as a whole is silenced, and what was decided stays consistent', async () => {
    const { service, verbs } = start(card);
    await silence(verbs, service);
    await service.take(aStatus());
    const rows = await database.db.select().from(decisions).where(eq(decisions.orgId, service.orgId));
    expect(rows.map(({ outcome }) => outcome)).toEqual(['silenced']);
    const broken = (await checkInvariants(database.db, service.clock.now())).filter(({ violations }) => violations > 0);
    // These tests activate no rulesets, and their Slack does not say where it put a card.
    const elsewhere = ['deciding-rules-are-known', 'posted-alerts-know-their-card'];
    expect(broken.map(({ name }) => name).filter((name) => !elsewhere.includes(name))).toEqual([]);
  });

  test('a card whose episode is over before the silence is not posted', async () => {
    const { service, verbs, release, states } = start(card);
    const { id } = await silence(verbs, service);
    await service.take(aStatus());
    await service.take(statusEvent(START + MINUTE, 'ENDED'));
    await verbs.liftSilence(service.orgId, id, 'api:Ana');
    await release();
    await service.deliverAll();
    expect((await states()).filter((state) => state.startsWith('slack.alert '))).toEqual([
      'slack.alert skipped',
      'slack.alert skipped',
    ]);
    const reasons = (await service.actions()).map(({ reason }) => reason);
    expect(reasons).toContain('the episode was over before the silence ended');
    expect(service.slack.deliveries.filter(({ type }) => type === 'slack.alert')).toEqual([]);
  });

  test('a card whose alert somebody has resolved meanwhile is not posted', async () => {
    const { service, verbs, release, states } = start(card);
    const { id } = await silence(verbs, service);
    await service.take(aStatus());
    const [held] = await service.actions();
    const alertDeps = { ...service.deps, rulesetHash: () => service.ruleset.hash };
    await resolveAlert(alertDeps, service.orgId, held?.id ?? '', 'api:Ana');
    await verbs.liftSilence(service.orgId, id, 'api:Ana');
    await release();
    await service.deliverAll();
    expect((await states()).filter((state) => state.startsWith('slack.alert '))).toEqual(['slack.alert skipped']);
    const reasons = (await service.actions()).map(({ reason }) => reason);
    expect(reasons).toContain('the alert was resolved before the silence ended');
  });

  test('a card that a silence holds back is not posted by a later tick or a repeat', async () => {
    const every = { kind: 'schedule', every: { kind: 'interval', ms: MINUTE } } as const;
    const { service, verbs, release } = startWith([
      aRule({ id: 'ticks', conditions: { all: [] }, trigger: every, actions: [card] }),
      aRule({
        id: 'repeats',
        trigger: { kind: 'hold', forMs: MINUTE },
        repeat: { everyMs: 4 * MINUTE, times: 3 },
        actions: [card],
      }),
    ]);
    const { id } = await silence(verbs, service);
    const { orgId, ruleset, deps, clock } = service;
    const ticking = { database, clock, queue: deps.queue, channels: () => new Map(), storePersonalData: false };
    const pass = async (minutes: number) => {
      clock.advance(minutes * MINUTE);
      await tickSchedules({ ...ticking, ruleset: () => ruleset }, orgId);
      await service.judge();
      await service.deliverAll();
    };
    await service.take(statusEvent(START, 'ON_HOLD'));
    await pass(0);
    await pass(1);
    await pass(1);
    await verbs.liftSilence(orgId, id, 'api');
    // The repeat falls due between the end of the silence and the release.
    await pass(3);
    expect(service.slack.deliveries).toEqual([]);
    await release();
    await service.deliverAll();
    expect(service.slack.deliveries.map(({ type }) => type)).toEqual(['slack.alert', 'slack.alert']);
    await pass(1);
    expect(service.slack.deliveries.map(({ type }) => type).slice(2)).toEqual(['slack.alertUpdate']);
  });

  test('of the reminders of one card that a pause held, only the latest is told', async () => {
    const repeat = { everyMs: 10 * MINUTE, times: 5 };
    const trigger = { kind: 'hold', forMs: MINUTE } as const;
    const { service, verbs, release, states } = startWith([aRule({ id: 'r', trigger, repeat, actions: [card] })]);
    await service.take(statusEvent(START, 'ON_HOLD'));
    service.clock.advance(MINUTE);
    await service.judge();
    await service.deliverAll();
    const { id } = await pause(verbs, service);
    for (const _ of [1, 2, 3]) {
      service.clock.advance(10 * MINUTE);
      await service.judge();
    }
    expect((await states()).filter((state) => state === 'slack.alertUpdate held')).toHaveLength(3);
    await verbs.liftPause(service.orgId, id, 'api');
    await release();
    await service.deliverAll();
    const edits = (await service.actions()).filter(({ type }) => type === 'slack.alertUpdate');
    expect(edits.map(({ state, reason }) => [state, reason])).toEqual([
      ['skipped', 'a later one tells of it'],
      ['skipped', 'a later one tells of it'],
      ['delivered', null],
    ]);
  });

  test('what a silence no longer holds goes to another that fits, and the expiry does not count that time', async () => {
    const { service, verbs, release, states } = start(card);
    const first = await silence(verbs, service, 3 * HOUR);
    await silence(verbs, service, 2 * HOUR);
    await service.take(aStatus());
    await verbs.liftSilence(service.orgId, first.id, 'api');
    await release();
    expect(await states()).toEqual(['slack.alert held']);
    service.clock.advance(2 * HOUR);
    await expireActions(service.deps);
    await release();
    const [released] = await service.actions();
    expect(released?.expiresAt).toBe(START + 3 * HOUR);
    await service.deliverAll();
    expect(await states()).toEqual(['slack.alert delivered']);
  });

  test('there is an end to how many silences there can be at once', async () => {
    const { service, verbs } = start(card);
    const first = await silence(verbs, service);
    await service.deps.database.db.execute(sql`
      insert into silences (org_id, id, matcher, owner, reason, starts_at, ends_at, created_at, created_by, held_back)
      select org_id, 'sil-many-' || n, matcher, owner, reason, starts_at, ends_at, created_at, created_by, 0
      from silences, generate_series(1, 499) n where id = ${first.id} and org_id = ${service.orgId}`);
    await expect(silence(verbs, service)).rejects.toMatchObject({
      code: 'conflict',
      remedy: expect.stringContaining('Lift'),
    });
    await verbs.liftSilence(service.orgId, first.id, 'api');
    await expect(silence(verbs, service)).resolves.toMatchObject({ id: expect.stringContaining('sil') });
  });

  test('an extended silence goes on holding back; one that is over cannot be extended', async () => {
    const { service, verbs, keep, states } = start(card);
    const { id, orgId } = await silence(verbs, service);
    await service.take(aStatus());
    await verbs.extendSilence(orgId, id, HOUR, 'api');
    expect((await service.actions())[0]?.heldUntil).toBe(START + 2 * HOUR);
    service.clock.advance(HOUR + MINUTE);
    await keep();
    expect((await states())[0]).toBe('slack.alert held');
    await verbs.liftSilence(orgId, id, 'api');
    await verbs.liftSilence(orgId, id, 'api');
    await expect(verbs.extendSilence(orgId, id, HOUR, 'api')).rejects.toMatchObject({ code: 'conflict' });
    const done = await database.db.select().from(audit).where(eq(audit.orgId, orgId));
    expect(done.map(({ verb }) => verb)).toEqual(['silence.create', 'silence.extend', 'silence.lift']);
  });

  test('its owner is reminded once before it ends, and again after it was extended', async () => {
    const { service, verbs, keep } = start(row);
    const { id, orgId } = await silence(verbs, service, 10 * HOUR);
    service.clock.advance(10 * HOUR - 15 * MINUTE - 1);
    expect(await keep()).toBe(START + 10 * HOUR - 15 * MINUTE);
    await service.deliverAll();
    expect(service.slack.deliveries).toEqual([]);
    service.clock.advance(1);
    await keep();
    await keep();
    await service.deliverAll();
    expect(service.slack.deliveries.map(({ params }) => params['channel'])).toEqual(['#owners']);
    expect(String(service.slack.deliveries[0]?.params['text'])).toContain(`vigia silence extend ${id}`);
    await verbs.extendSilence(orgId, id, HOUR, 'api');
    service.clock.advance(HOUR);
    await keep();
    await service.deliverAll();
    expect(service.slack.deliveries.length).toBe(2);
  });

  test('a pause stops what is queued already, and what would be done at once; it goes on in order', async () => {
    const { service, verbs, keep, states } = start(post, row);
    await service.take(aStatus('s1', START));
    const { id } = await pause(verbs, service);
    await service.take(aStatus('s1', START + 1));
    await service.deliverAll();
    expect(await states()).toEqual(['slack.post held', 'record delivered', 'slack.post held', 'record held']);
    expect(service.slack.deliveries).toEqual([]);
    expect(await findPause(database.db, service.orgId, id)).toMatchObject({ heldBack: 3, waiting: 3 });
    // Longer than the rule's maxLate: what was held does not expire by it.
    service.clock.advance(2 * HOUR);
    await expireActions(service.deps);
    await verbs.liftPause(service.orgId, id, 'api');
    await keep();
    await service.deliverAll();
    expect(new Set(await states())).toEqual(new Set(['slack.post delivered', 'record delivered']));
    const firedAt = new Map((await service.actions()).map((action) => [action.id, action.firedAt]));
    expect(service.slack.deliveries.map(({ actionId }) => firedAt.get(actionId))).toEqual([START, START + 1]);
    const rows = await database.db.select().from(datasetRows).where(eq(datasetRows.orgId, service.orgId));
    expect(rows.length).toBe(2);
  });

  test('a pause that drops gives up what it stops, and edits of cards wait all the same', async () => {
    const { service, verbs, keep, states } = start(card, call);
    await service.take(aStatus());
    service.slack.answers.push({ kind: 'delivered', result: { channel: 'C1', ts: '1', card: { text: 'x' } } });
    await service.deliverAll();
    const { id } = await pause(verbs, service, { actions: 'drop', endsAt: service.clock.now() + HOUR });
    await service.take(statusEvent(START + MINUTE, 'ENDED'));
    await service.deliverAll();
    const after = await service.actions();
    expect(after.filter(({ state }) => state === 'skipped').map(({ reason }) => reason)).toEqual([
      'dropped by the pause of Ana: maintenance',
      'dropped by the pause of Ana: maintenance',
    ]);
    expect(await states()).toContain('slack.alertUpdate held');
    expect((await findPause(database.db, service.orgId, id))?.heldBack).toBe(3);
    service.clock.advance(HOUR);
    await keep();
    await service.deliverAll();
    expect(await states()).toContain('slack.alertUpdate delivered');
  });

  test.each([
    ['a rule', { kind: 'rule', id: 'r' }, ['held', 'held']],
    ['a destination', { kind: 'destination', id: 'slack' }, ['held', 'delivered']],
    ['a destination of our own', { kind: 'destination', id: 'record' }, ['delivered', 'held']],
    ['a channel', { kind: 'channel', id: '650001' }, ['delivered', 'delivered']],
  ] as const)('a pause of %s stops its actions only', async (_, scope, expected) => {
    const { service, verbs, states } = start(post, row);
    await pause(verbs, service, { scope });
    await service.take(aStatus());
    await service.deliverAll();
    expect((await states()).map((state) => state.split(' ')[1])).toEqual(expected);
  });

  test('what is recorded late is kept all the same when a pause has held it', async () => {
    const { service, verbs, release, states } = start(row, call);
    const { id } = await pause(verbs, service);
    service.clock.advance(2 * HOUR);
    await service.take(aStatus());
    await verbs.liftPause(service.orgId, id, 'api');
    await release();
    await service.deliverAll();
    expect(await states()).toEqual(['record delivered', 'http.request dead']);
  });

  test('a pause of a channel stops what is of its chats', async () => {
    const { service, verbs, states } = start(post, row);
    await pause(verbs, service, { scope: { kind: 'channel', id: '650001' } });
    await service.take(
      statusEvent(START, 'OPEN', { channelId: '650001' }),
      statusEvent(START, 'OPEN', { sessionId: 's2' }),
    );
    await service.deliverAll();
    expect((await states()).toSorted()).toEqual([
      'record delivered',
      'record held',
      'slack.post delivered',
      'slack.post held',
    ]);
  });

  test('a card of a failure is silenced too', async () => {
    const { service, verbs, states } = start({ ...call, onFailure: [post] });
    await silence(verbs, service);
    service.http.answers.push({ kind: 'refused', reason: 'no' });
    await service.take(aStatus());
    await service.deliverAll();
    expect(await states()).toEqual(['http.request refused', 'slack.post skipped']);
  });

  test.each([
    ['an unknown rule', { matcher: { rule: 'rr' } }, 'Did you mean "r"?'],
    ['nothing', { matcher: {} }, 'everything'],
    ['both', { matcher: { rule: 'r', everything: true } }, 'everything'],
    ['no reason', { reason: '  ' }, 'why'],
    ['a long owner', { owner: 'x'.repeat(201) }, '200'],
    ['more than a month', { endsAt: START + 32 * 24 * HOUR }, 'nearer'],
    ['a past end', { startsAt: START - 2 * HOUR, endsAt: START - HOUR }, 'ahead'],
    ['no zone', { recurrence: { zone: 'Sao Paulo', days: ['mon'], from: '22:00', to: '06:00' } }, 'America/Sao_Paulo'],
    ['no stretch', { recurrence: { zone: 'UTC', days: ['mon'], from: '22:00', to: '22:00' } }, '24:00'],
  ])('a silence of %s is refused with what to do', async (_, wrong, remedy) => {
    const { service, verbs } = start(post);
    const error = await silence(verbs, service, HOUR, { matcher: { rule: 'r' }, ...wrong }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'bad_request', remedy: expect.stringContaining(remedy) });
    expect(await database.db.select().from(silences).where(eq(silences.orgId, service.orgId))).toEqual([]);
  });

  test('the preview tells what runs, what is open and what was said, and changes nothing', async () => {
    const hold = aRule({ id: 'h', trigger: { kind: 'hold', forMs: 30 * MINUTE }, actions: [card] });
    const said = aRule({ id: 's', conditions: { all: [] }, trigger: onStatus, actions: [card] });
    const { service, verbs } = startWith([hold, said]);
    await service.take(
      statusEvent(START, 'ON_HOLD'),
      statusEvent(START, 'ON_HOLD', { sessionId: 's2', channelId: 'c2' }),
    );
    service.clock.advance(MINUTE);
    const endsAt = service.clock.now() + HOUR;
    const of = (more: object, matcher: object) =>
      verbs.previewSilence(service.orgId, { ...people, endsAt, matcher, ...more });
    const all = await of({}, { everything: true });
    expect(all.holds.rows.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2']);
    expect(all.cards.rows.length).toBe(2);
    expect(all.firings).toMatchObject({ lastDay: 2, lastWeek: 2, byRule: [{ ruleId: 's', lastDay: 2, lastWeek: 2 }] });
    expect((await of({}, { session: 's1' })).holds.rows.map(({ sessionId }) => sessionId)).toEqual(['s1']);
    expect((await of({ endsAt: START + 10 * MINUTE }, { everything: true })).holds.rows).toEqual([]);
    expect((await of({}, { rule: 'h' })).cards.rows).toEqual([]);
    expect(await database.db.select().from(silences).where(eq(silences.orgId, service.orgId))).toEqual([]);
  });

  test('nothing that is held is lost or done twice, whatever is made, lifted and delivered in between', async () => {
    const step = fc.oneof(
      fc.constant('event'),
      fc.constant('deliver'),
      fc.constant('lost'),
      fc.constant('release'),
      fc.constant('lift'),
      fc.constant('silence'),
      fc.constant('pause'),
      fc.constant('later'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const needing = anAction('http.request', { url: 'https://example.com' }, { id: 'needing', needs: 'card' });
        const { service, verbs, release } = start(card, needing, row);
        const made: string[] = [];
        let events = 0;
        for (const what of steps) {
          if (what === 'event') {
            events += 1;
            await service.take(aStatus(`s${events}`, service.clock.now()));
          } else if (what === 'deliver') await service.deliverOnce();
          // A worker dies with its claims: nothing of them is settled, and the jobs come back.
          else if (what === 'lost') for (const job of await service.claim()) await giveBack(service, job);
          else if (what === 'release') await release();
          else if (what === 'silence') made.push((await silence(verbs, service, 20 * MINUTE)).id);
          else if (what === 'pause') made.push((await pause(verbs, service)).id);
          else if (what === 'later') service.clock.advance(10 * MINUTE);
          else {
            const id = made.shift();
            if (id?.startsWith('sil') === true) await verbs.liftSilence(service.orgId, id, 'api');
            if (id?.startsWith('pau') === true) await verbs.liftPause(service.orgId, id, 'api');
          }
        }
        for (const id of made.filter((one) => one.startsWith('pau'))) await verbs.liftPause(service.orgId, id, 'api');
        service.clock.advance(20 * MINUTE);
        await Promise.all([release(), release()]);
        await service.deliverAll();
        expect((await service.actions()).map(({ state }) => state)).toEqual(Array(3 * events).fill('delivered'));
        expect(service.slack.deliveries.length).toBe(events);
        expect(service.http.deliveries.length).toBe(events);
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  const giveBack = (service: Acting, job: Awaited<ReturnType<Acting['claim']>>[number]) =>
    database.transaction((tx) => service.deps.queue.giveBack(tx, job, 0));
});
