import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { liveTwice, openForDays } from '../support/day/live-twice.ts';
import { type DayShape, randomDay } from '../support/day/random-day.ts';
import { ALONE, TOGETHER } from '../support/day/rule-folder.ts';

/**
 * Trials are exactly the service: a random day is led through both, and both must have decided the same for the same reasons,
 * carried out the same with the same outcome, and left the same cards. Left out is what the other side makes up (Slack's
 * timestamps, Zoho's ids of comments).
 */
/** A day is a hundred moments of a database: few are tried here, and any number by `FAST_CHECK_SEED=random`. */
const RUNS = { pglite: 1, postgres: 2 };

describe.each(databases)('a day in memory is the day of the service on $kind', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openForDays(kind);
  });
  afterAll(() => database.close());

  async function holds(rules: Record<string, JsonObject>, shape: DayShape): Promise<void> {
    await fc.assert(
      fc.asyncProperty(randomDay(shape), async (things) => {
        const { inMemory, stored } = await liveTwice(database, rules, things);
        expect(inMemory.decisions).toEqual(stored.decisions);
        expect(inMemory.actions).toEqual(stored.actions);
        expect(inMemory.cards).toEqual(stored.cards);
      }),
      { numRuns: RUNS[kind.kind] },
    );
  }

  it('with ties, repeats, edits and down times', async () => {
    await holds(ALONE, { chats: 3, maxThings: 24, staggered: false });
  }, 120_000);

  it('with what chats have in common', async () => {
    await holds({ ...ALONE, ...TOGETHER }, { chats: 5, maxThings: 24, staggered: true });
  }, 120_000);
});
