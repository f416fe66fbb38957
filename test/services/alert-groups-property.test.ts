import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../src/domain/rule.ts';
import { tendGroups } from '../../src/services/alert-groups.ts';
import { alertGroups, alerts } from '../../src/store/schema.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { anAction, aRule } from '../support/rules.ts';
import { createStorm, type Storm } from '../support/storms.ts';

/**
 * Chats fire and end in any order, while cards are tended, posted and edited, several of these at once and some of the
 * calls of Slack failing: in the end every card says exactly how many chats it stands for and how many of them are open.
 */
const INTERVAL = 10_000;
const lost: Rule = aRule({
  id: 'lost',
  trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'LOST' }] },
  groupAlerts: { by: [], waitMs: 5_000, intervalMs: INTERVAL },
  actions: [anAction('slack.alert', { channel: '#chat-ops', text: '{{ session.id }}' }, { facts: ['session'] })],
});
const budgeted: Rule = { ...lost, id: 'budgeted' };
delete budgeted.groupAlerts;

const step = fc.record({
  fires: fc.uniqueArray(fc.integer({ min: 0, max: 25 }), { maxLength: 8 }),
  ends: fc.uniqueArray(fc.integer({ min: 0, max: 25 }), { maxLength: 8 }),
  afterMs: fc.constantFrom(0, 500, 4_000, INTERVAL, 40_000),
  /** Whether the next call of Slack fails: it was asked to slow down, or its answer was lost. */
  fault: fc.constantFrom(undefined, 'ratelimited' as const, 'reset' as const),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each(databases)('whatever happens to a group on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  async function play(storm: Storm, steps: readonly Step[]): Promise<Set<string>> {
    const lostChats = new Set<string>();
    for (const { fires, ends, afterMs, fault } of steps) {
      storm.clock.advance(1);
      const [firing, ending] = [fires, ends.filter((id) => !fires.includes(id))].map((ids) =>
        ids.map((id) => `s${id}`),
      );
      if (fault !== undefined) storm.standIn.faults.add({ fault, path: '/api/chat.*' });
      await Promise.all([
        storm.chats('LOST', firing ?? []),
        storm.chats('ENDED', ending ?? []),
        tendGroups(storm.deps),
        tendGroups(storm.deps),
        storm.deliverOnce(),
      ]);
      for (const id of firing ?? []) lostChats.add(id);
      for (const id of ending ?? []) lostChats.delete(id);
      await storm.after(afterMs);
    }
    storm.standIn.faults.clear();
    // Twice the longest interval: what is to be said has been said.
    for (let round = 0; round < 4; round += 1) await storm.after(60_000);
    return lostChats;
  }

  /** Of each posted group what its card says, and what is true. */
  async function cardsOf({ orgId, standIn }: Storm) {
    const groups = await database.db.select().from(alertGroups).where(eq(alertGroups.orgId, orgId));
    const members = await database.db.select().from(alerts).where(eq(alerts.orgId, orgId));
    return groups.map((group) => {
      const own = members.filter(({ groupId }) => groupId === group.id);
      const subjects = new Set(own.map(({ subject }) => subject));
      const openOnes = new Set(own.filter(({ resolvedAt }) => resolvedAt === null).map(({ subject }) => subject));
      const message = standIn.messages('#chat-ops').find(({ ts }) => ts === group.slackTs);
      return { group, text: message?.text, total: subjects.size, open: openOnes };
    });
  }

  function says(total: number, isOpen: number): RegExp {
    if (total === 1) return isOpen === 1 ? /^🟠/ : /^✅/;
    return isOpen === 0
      ? new RegExp(`All ${total} chats resolved`)
      : new RegExp(`\\*${total} chats\\*, ${isOpen} still open`);
  }

  async function holds(rule: Rule, steps: readonly Step[]): Promise<void> {
    const storm = await createStorm(database, [rule], { cards: { perMinute: 2, publicUrl: undefined } });
    try {
      const lostChats = await play(storm, steps);
      const cards = await cardsOf(storm);
      for (const { text, total, open: isOpen, group } of cards) {
        if (group.slackTs === null) expect(isOpen.size).toBe(0);
        else expect(text).toMatch(says(total, isOpen.size));
      }
      if (rule === lost) {
        // Every chat that is lost now stands on a card.
        expect(new Set(cards.flatMap((card) => [...card.open]))).toEqual(lostChats);
      }
    } finally {
      await storm.stop();
    }
  }

  test('its card tells how many there are in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => holds(lost, steps)),
      { numRuns: 12 },
    );
  }, 120_000);

  test('also where a budget has made it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => holds(budgeted, steps)),
      { numRuns: 8 },
    );
  }, 120_000);
});
