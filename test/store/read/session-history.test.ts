import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toMessage, toTransition } from '../../../src/engine/to-ledger.ts';
import { activateRuleset } from '../../../src/services/activate-ruleset.ts';
import { acknowledgeAlert, snoozeAlert } from '../../../src/services/alert-verbs.ts';
import { loadSessionHistory } from '../../../src/store/read/session-history.ts';
import { alerts, events } from '../../../src/store/schema.ts';
import { createActing } from '../../support/acting.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';
import { anAction, aRule } from '../../support/rules.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../../support/timeline.ts';

const held = aRule({
  id: 'held',
  trigger: { kind: 'hold', forMs: MINUTE },
  actions: [anAction('slack.alert', { channel: '#ops', text: 'x' })],
});

describe.each(databases)('the history of a chat on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  async function aChat() {
    const acting = createActing(database, [held]);
    const { clock, orgId, ruleset, deps } = acting;
    await activateRuleset({ database, clock }, orgId, ruleset);
    await acting.take(
      statusEvent(START + 1_000, 'ON_HOLD', { old: 'OPEN' }),
      statusEvent(START, 'ON_HOLD', { sessionId: 'other' }),
    );
    clock.advance(MINUTE);
    // Older than the first, and received after it.
    await acting.take(messageEvent(START, 'IN'));
    clock.advance(MINUTE);
    await acting.judge();
    const verbs = { ...deps, rulesetHash: () => ruleset.hash };
    const [card] = (await database.db.select().from(alerts).where(eq(alerts.orgId, orgId))).filter(
      ({ sessionId }) => sessionId === 's1',
    );
    const id = card?.id ?? '';
    clock.advance(1_000);
    await snoozeAlert(verbs, orgId, id, { by: 'Ana', until: clock.now() + 5 * MINUTE });
    clock.advance(1_000);
    await acknowledgeAlert(verbs, orgId, id, 'Rui');
    return { orgId, clock, ruleset, card };
  }

  test('has its events in the order of their receipt, its decisions, clicks and the rules that were in force', async () => {
    const { orgId, clock, ruleset, card } = await aChat();
    const history = await loadSessionHistory(database.db, orgId, 's1');
    expect(history).toMatchObject({ complete: true, session: { id: 's1', status: 'ON_HOLD', messagesIn: 1 } });
    expect(
      history?.events.map(({ event, entry, removed }) => [event.type, event.at - START, entry?.kind, removed]),
    ).toEqual([
      ['IM_Session_Status', 1_000, 'transition', false],
      ['IM_Message_Add', 0, 'message', false],
    ]);
    expect(history?.decisions.map(({ ruleId, outcome }) => `${ruleId} ${outcome}`)).toEqual([
      'held armed',
      'held fired',
    ]);
    const now = clock.now();
    expect(history?.clicks).toEqual([
      {
        at: now - 1_000,
        kind: 'snooze',
        by: 'Ana',
        alertId: card?.id,
        episodeId: card?.episodeId,
        until: now - 1_000 + 5 * MINUTE,
      },
      { at: now, kind: 'acknowledge', by: 'Rui', alertId: card?.id, episodeId: card?.episodeId },
    ]);
    expect(history?.activations).toMatchObject([{ hash: ruleset.hash, changedRules: ['held'] }]);
    expect(await loadSessionHistory(database.db, orgId, 'none')).toBeUndefined();
  });

  test('makes events that are not kept any more again from the ledger', async () => {
    const { orgId } = await aChat();
    const before = await loadSessionHistory(database.db, orgId, 's1');
    await database.db.delete(events).where(eq(events.orgId, orgId));
    const after = await loadSessionHistory(database.db, orgId, 's1');
    expect(after?.events.every(({ removed }) => removed)).toBe(true);
    expect(after?.events.map(({ entry }) => entry).sort()).toEqual(before?.events.map(({ entry }) => entry).sort());
    for (const { event, entry } of after?.events ?? []) {
      if (entry?.kind === 'transition') expect(entry.entry).toMatchObject(toTransition(event, 's1', undefined));
      // What was said is nowhere kept.
      else expect({ ...toMessage(event, 's1'), length: 5 }).toEqual(entry?.entry);
    }
  });

  test('says when it is longer than what is read', async () => {
    const { orgId } = await aChat();
    expect((await loadSessionHistory(database.db, orgId, 's1', 1))?.complete).toBe(false);
  });
});
