import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOwnAssignments } from '../../../src/delivery/zoho-desk/own-assignments.ts';
import { type Candidate, rankAgents } from '../../../src/delivery/zoho-desk/rank-agents.ts';
import { createManualClock } from '../../../src/domain/clock.ts';

const agent = (agentId: string, rest: Partial<Candidate> = {}): Candidate => ({
  agentId,
  load: 0,
  assignedLately: 0,
  hadCustomer: false,
  ...rest,
});

describe('rankAgents', () => {
  it('leastBusy counts open chats and what we assigned lately; ties go to who got fewest lately, then the lowest id', () => {
    const agents = [
      agent('90', { load: 2 }),
      agent('200', { load: 1, assignedLately: 1 }),
      agent('100', { load: 2 }),
      agent('300', { load: 1 }),
    ];
    expect(rankAgents('leastBusy', agents)).toEqual(['300', '90', '100', '200']);
  });

  it('roundRobin gives the turn to whose last chat from us is longest ago, never first', () => {
    const agents = [
      agent('1', { lastAssignedAt: 300, load: 0 }),
      agent('2', { lastAssignedAt: 100, load: 9 }),
      agent('3'),
    ];
    expect(rankAgents('roundRobin', agents)).toEqual(['3', '2', '1']);
  });

  it('sameAsLast prefers the agent who had the customer, then the least busy', () => {
    const agents = [agent('1', { load: 1 }), agent('2', { load: 7, hadCustomer: true }), agent('3')];
    expect(rankAgents('sameAsLast', agents)).toEqual(['2', '3', '1']);
  });

  it('maxLoad leaves out who has that many chats or more', () => {
    const agents = [agent('1', { load: 2 }), agent('2', { load: 1, assignedLately: 1 }), agent('3', { load: 1 })];
    expect(rankAgents('leastBusy', agents, 2)).toEqual(['3']);
  });

  it('does not depend on the order in which agents are listed, and only leaves out those over maxLoad', () => {
    const candidates = fc.uniqueArray(
      fc.record({
        agentId: fc.bigInt({ min: 1n, max: 99_999_999_999_999_999n }).map(String),
        load: fc.nat(5),
        assignedLately: fc.nat(3),
        lastAssignedAt: fc.option(fc.nat(1_000), { nil: undefined }),
        hadCustomer: fc.boolean(),
      }),
      { selector: ({ agentId }) => agentId },
    );
    const pick = fc.constantFrom('leastBusy' as const, 'roundRobin' as const, 'sameAsLast' as const);
    const maxLoad = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
    fc.assert(
      fc.property(candidates, pick, maxLoad, fc.infiniteStream(fc.nat()), (agents, how, max, dice) => {
        const shuffled = agents.map((one) => ({ one, key: dice.next().value })).sort((a, b) => a.key - b.key);
        const ranked = rankAgents(how, agents, max);
        expect(
          rankAgents(
            how,
            shuffled.map(({ one }) => one),
            max,
          ),
        ).toEqual(ranked);
        const kept = agents.filter(({ load, assignedLately }) => max === undefined || load + assignedLately < max);
        expect(new Set(ranked)).toEqual(new Set(kept.map(({ agentId }) => agentId)));
      }),
    );
  });
});

describe('own assignments', () => {
  it('are those of all processes and those being made right now, counted once', async () => {
    const clock = createManualClock(100_000_000);
    const settled = [
      { agentId: '1', at: clock.now() - 10_000 },
      { agentId: '1', at: clock.now() - 61_000 },
      { agentId: '2', at: clock.now() - 3_600_000 },
    ];
    let since = 0;
    const own = createOwnAssignments({
      clock,
      recentAssignments: async (_orgId, at) => {
        since = at;
        return settled;
      },
    });
    own.reserve('1');
    const release = own.reserve('3');
    own.reserve('3');
    release();
    expect(await own.load('o')).toEqual(
      new Map([
        ['1', { lately: 1, lastAt: 100_000_000 }],
        ['2', { lately: 0, lastAt: 100_000_000 - 3_600_000 }],
        ['3', { lately: 1, lastAt: 100_000_000 }],
      ]),
    );
    expect(since).toBe(100_000_000 - 86_400_000);
    clock.advance(60_000);
    expect((await own.load('o')).get('3')).toBeUndefined();
  });
});
