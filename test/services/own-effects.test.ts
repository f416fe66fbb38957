import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { sweepBatch } from '../../src/services/sweep.ts';
import { loadTakenFrom } from '../../src/store/deliveries.ts';
import { actions, assignments, decisions, transitions } from '../../src/store/schema.ts';
import { type Acting, createActing } from '../support/acting.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

const ASSIGN = anAction('zoho.assignSession', { pick: 'leastBusy' }, { id: 'assign' });
/** Fires whenever the chat is put on hold by somebody else than us. */
const REASSIGN = aRule({
  id: 'reassign',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: {
    all: [
      { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' },
      { fact: 'transition', path: '$.ours', operator: 'equal', value: false },
    ],
  },
  actions: [ASSIGN],
});

describe.each(databases)('what our own actions cause, on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  const directory = emptyDirectory();
  directory.agents.set('desk-2', { name: 'Bruno', zuid: 'zuid-2' });
  directory.agentIdByZuid.set('zuid-2', 'desk-2');

  const event = (minute: number, assignee: string, status = 'ON_HOLD') =>
    statusEvent(START + minute * MINUTE, status, { old: 'ON_HOLD', currentAssigneeId: assignee });
  const givesTo = (acting: Acting, agentId: string, previousAssigneeId: string) =>
    acting.zoho.answers.push({ kind: 'delivered', result: { agentId, previousAssigneeId } });
  const causes = async (acting: Acting) =>
    (await database.db.select().from(transitions).where(eq(transitions.orgId, acting.orgId)))
      .sort((a, b) => a.at - b.at)
      .map(({ causedBy }) => causedBy);
  const assignActions = async (acting: Acting): Promise<Pick<Action, 'id'>[]> =>
    database.db
      .select({ id: actions.id })
      .from(actions)
      .where(and(eq(actions.orgId, acting.orgId), eq(actions.type, 'zoho.assignSession')));

  test('the event of our reassignment names the action, and a rule that asks for it does not fire again', async () => {
    const acting = createActing(database, [REASSIGN], { directory });
    givesTo(acting, 'desk-2', 'desk-1');
    await acting.take(event(0, 'zuid-1'));
    await acting.deliverAll();
    acting.clock.advance(1_000);
    await acting.take(statusEvent(START + 1_000, 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'zuid-2' }));
    const [action] = await assignActions(acting);
    expect(await causes(acting)).toEqual([null, action?.id]);
    expect(await assignActions(acting)).toHaveLength(1);
    // Whoever else gives it on is not us.
    acting.clock.set(START + MINUTE);
    await acting.take(event(1, 'zuid-3'));
    expect(await causes(acting)).toEqual([null, action?.id, null]);
    expect(await assignActions(acting)).toHaveLength(2);
  });

  test('an event that is quicker than the answer of Zoho is recognised too', async () => {
    const acting = createActing(database, [REASSIGN], { directory });
    await acting.take(event(0, 'zuid-1'));
    acting.zoho.answers.push(async () => {
      await acting.take(statusEvent(START + 500, 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'zuid-9' }));
      return { kind: 'delivered', result: { agentId: 'desk-9' } };
    });
    acting.clock.advance(1_000);
    await acting.deliverAll();
    const [action] = await assignActions(acting);
    expect(await causes(acting)).toEqual([null, action?.id]);
  });

  test('a sweep after a change of rules recognises it too, when it is the sweep that judges the event', async () => {
    const acting = createActing(database, [REASSIGN], { directory });
    givesTo(acting, 'desk-2', 'desk-1');
    await acting.take(event(0, 'zuid-1'));
    await acting.deliverAll();
    acting.clock.advance(1_000);
    const { clock, orgId, deps } = acting;
    const ruleset = { ...acting.ruleset, hash: 'edited', rules: [{ ...REASSIGN, contentHash: 'edited' }] };
    await activateRuleset({ database, clock }, orgId, ruleset);
    const back = statusEvent(START + 1_000, 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'zuid-2' });
    await createIngest({ database, clock, storePersonalData: false })([{ ok: true, event: { ...back, orgId } }]);
    const sweeping = { database, clock, queue: deps.queue, channels: () => new Map(), storePersonalData: false };
    while (await sweepBatch({ ...sweeping, ruleset: () => ruleset, directory: () => directory }, orgId));
    const [action] = await assignActions(acting);
    expect(await causes(acting)).toEqual([null, action?.id]);
    expect(await assignActions(acting)).toHaveLength(1);
  });

  test('from whom we took a chat is kept, for that chat and since then', async () => {
    const acting = createActing(database, [REASSIGN], { directory });
    givesTo(acting, 'desk-2', 'desk-1');
    await acting.take(event(0, 'zuid-1'));
    await acting.deliverAll();
    const [row] = await database.db.select().from(assignments).where(eq(assignments.orgId, acting.orgId));
    expect(row).toMatchObject({ sessionId: 's1', agentId: 'desk-2', previousAgentId: 'desk-1' });
    expect(await loadTakenFrom(database.db, acting.orgId, 's1', START)).toEqual(['desk-1']);
    expect(await loadTakenFrom(database.db, acting.orgId, 's1', START + 1)).toEqual([]);
    expect(await loadTakenFrom(database.db, acting.orgId, 's2', START)).toEqual([]);
    expect(acting.zoho.deliveries[0]?.session).toEqual({ status: 'ON_HOLD', assigneeId: 'zuid-1' });
  });

  test('rules that pass a chat round are stopped, and people are told once, by name', async () => {
    const greedy = { ...REASSIGN, conditions: { all: [] } };
    const acting = createActing(database, [greedy], { directory, ownerChannel: '#vigia' });
    for (const minute of [0, 1, 2, 3, 4]) {
      givesTo(acting, minute % 2 === 0 ? 'desk-2' : 'desk-1', minute % 2 === 0 ? 'desk-1' : 'desk-2');
      acting.clock.set(START + minute * MINUTE);
      await acting.take(event(minute, minute % 2 === 0 ? 'zuid-1' : 'zuid-2'));
      await acting.deliverAll();
    }
    expect(await assignActions(acting)).toHaveLength(3);
    const limited = await database.db
      .select()
      .from(decisions)
      .where(and(eq(decisions.orgId, acting.orgId), eq(decisions.outcome, 'limited')));
    expect(limited).toHaveLength(2);
    expect(acting.slack.deliveries).toHaveLength(1);
    expect(acting.slack.deliveries[0]?.params).toMatchObject({ channel: '#vigia' });
    const text = String(acting.slack.deliveries[0]?.params['text']);
    expect(text).toContain('Chat s1 on c1 is passed around');
    expect(text).toContain('Bruno');
    expect(text).toContain('Rules: reassign.');
  });
});
