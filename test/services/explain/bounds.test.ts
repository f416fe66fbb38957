import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../src/domain/clock.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import { explainChat } from '../../../src/services/explain/explain-chat.ts';
import { explainFrom, explainRule } from '../../../src/services/explain/explain-rule.ts';
import { type ReplayWorld, replaySession } from '../../../src/services/explain/replay-session.ts';
import type { Db } from '../../../src/store/database.ts';
import type { SessionHistory } from '../../../src/store/read/session-history.ts';
import { aRule, rulesetOf } from '../../support/rules.ts';
import { START, statusEvent } from '../../support/timeline.ts';

/** A chat goes on hold and is taken up again, over and over. */
function aHistory(events: number, activations: readonly string[]): SessionHistory {
  return {
    session: {
      orgId: 'o1',
      id: 's1',
      createdAt: START,
      holds: 0,
      reassignments: 0,
      messagesIn: 0,
      messagesOut: 0,
      timeIn: {},
      lastEventAt: START,
    },
    events: Array.from({ length: events }, (_, index) => ({
      event: statusEvent(START + index * 1_000, index % 2 === 0 ? 'ON_HOLD' : 'OPEN'),
      removed: false,
    })),
    decisions: [],
    clicks: [],
    activations: activations.map((hash, index) => ({
      hash,
      activatedAt: START - (activations.length - index) * 1_000,
      changedRules: [],
    })),
    complete: true,
  };
}

function aWorld(rulesetOfHash: (hash: string) => CompiledRuleset): ReplayWorld {
  return {
    orgId: 'o1',
    rulesetOf: async (hash) => rulesetOfHash(hash),
    channels: new Map(),
    silencesAt: () => [],
    acceptedAt: () => new Map(),
    limitAt: async () => [],
    inhibitorAt: async () => [],
    ticksUntil: async () => [],
  };
}

const RULESET = rulesetOf([aRule({ id: 'on-hold' })]);

describe('explaining a chat', () => {
  test('leaves timers and sockets their turn while a long one is judged again', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    const { looks } = await replaySession(
      aHistory(500, ['h1']),
      aWorld(() => RULESET),
      START + 500_000,
    );
    clearInterval(timer);
    expect(looks.length).toBe(500);
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  test('reads the rules that judged it, and not all that were ever in force', async () => {
    const read: string[] = [];
    const world = aWorld((hash) => {
      read.push(hash);
      return RULESET;
    });
    const request = { ruleId: 'on-hold', sessionId: 's1', at: START + 10_000 };
    await explainFrom(aHistory(3, ['h1', 'h2', 'h3']), world, request);
    expect([...new Set(read)]).toEqual(['h3']);
  });

  test('names no change that would make a rule fire which was not in force', async () => {
    const { activations, ...history } = aHistory(2, ['before']);
    const later = { hash: 'after', activatedAt: START + 60_000, changedRules: ['on-hold'] };
    const world = aWorld((hash) => (hash === 'after' ? RULESET : rulesetOf([])));
    const request = { ruleId: 'on-hold', sessionId: 's1', at: START + 10_000 };
    const explained = await explainFrom({ ...history, activations: [...activations, later] }, world, request);
    expect(explained).toMatchObject({ verdict: 'not_in_force', changes: [] });
  });

  test('is asked for its turn before anything is read, by the API as on the board', async () => {
    const inTurn = () => Promise.reject(new Error('not your turn'));
    // Guarantee: it is never asked.
    const deps = { db: {} as Db, clock: createManualClock(START), inTurn };
    await expect(explainRule(deps, 'o1', { ruleId: 'a', sessionId: 's1' })).rejects.toThrow('not your turn');
    await expect(explainChat(deps, 'o1', { sessionId: 's1' })).rejects.toThrow('not your turn');
  });
});
