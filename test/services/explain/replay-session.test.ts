import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision.ts';
import { canonicalJson } from '../../../src/domain/json.ts';
import { replaySession } from '../../../src/services/explain/replay-session.ts';
import { loadStoredWorld } from '../../../src/services/explain/stored-world.ts';
import { loadSessionHistory } from '../../../src/store/read/session-history.ts';
import { sessions } from '../../../src/store/schema.ts';
import { liveBusyHistory } from '../../support/busy-history.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';

/** Another history with FAST_CHECK_SEED, as property tests have it. */
const SEED = Number(process.env['FAST_CHECK_SEED'] ?? 1) || Math.floor(Math.random() * 1e6);

/** Of some hundred statements on the embedded database, beside other tests. */
const SLOW_MS = 90_000;

describe.each(databases)('judging a chat again on $kind', ({ open }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  test(
    'gives every decision that was recorded, with its reason and what its conditions met',
    async () => {
      const { orgId, ruleset, clock } = await liveBusyHistory(database, { seed: SEED, chats: 3 });
      const world = await loadStoredWorld({ db: database.db, ruleset: () => ruleset }, orgId);
      const chats = await database.db.select({ id: sessions.id }).from(sessions).where(eq(sessions.orgId, orgId));
      let compared = 0;
      for (const { id } of chats) {
        const history = await loadSessionHistory(database.db, orgId, id);
        if (history === undefined) throw new Error('no history');
        const { looks } = await replaySession(history, world, clock.now());
        for (const { recorded, effects } of looks) {
          expect(essencesOf(effects.decisions), id).toEqual(essencesOf(recorded));
          compared += recorded.length;
        }
        expect(looks.flatMap(({ recorded }) => recorded).length, id).toBe(history.decisions.length);
      }
      expect(compared).toBeGreaterThan(25);
    },
    SLOW_MS,
  );
});

/** What falls due at one instant is judged in any order: the database gives the episodes as they lie. */
function essencesOf(decisions: readonly Decision[]): string[] {
  return decisions.map((one) => canonicalJson(JSON.parse(JSON.stringify(essenceOf(one))))).sort();
}

function essenceOf({
  ruleId,
  outcome,
  reason,
  mode,
  step,
  repeat,
  at,
  decidedAt,
  episodeId,
  eventKey,
  trace,
}: Decision) {
  return { at, ruleId, outcome, reason, mode, step, repeat, decidedAt, episodeId, eventKey, trace };
}
