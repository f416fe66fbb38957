import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/domain/clock.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import type { Invocation } from '../../../src/runtime/worker/invocation.ts';
import { takeOffice } from '../../../src/runtime/worker/take-office.ts';
import { findRulesetInForce } from '../../../src/store/rulesets.ts';
import { postgresOnly, type TestDatabase } from '../../support/databases.ts';
import { aRule, rulesetOf } from '../../support/rules.ts';
import { MINUTE, START } from '../../support/timeline.ts';

describe.each(postgresOnly)('which version of a Worker judges on $kind', ({ open }) => {
  let database: TestDatabase;
  let portals = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  /** Versions of one Worker in a portal of its own, at a time that stands still. */
  function newPortal() {
    portals += 1;
    const orgId = `portal-${portals}`;
    const clock = createManualClock(START);
    /** An isolate of a version that was uploaded at an instant, or one that insists: the cron of what is deployed. */
    const ask = (ruleset: CompiledRuleset, versionAt: number, insist = false) => {
      const parts = { config: { zoho: { orgId } }, clock, database };
      return takeOffice({ isolate: { ruleset, versionAt }, parts } as unknown as Invocation, { insist });
    };
    const inForce = async () => (await findRulesetInForce(database.db, orgId))?.hash;
    return { clock, ask, inForce };
  }
  const [old, fresh] = [rulesetOf([aRule({ id: 'old' })]), rulesetOf([aRule({ id: 'fresh' })])];

  it('the first brings its rules into force, and goes on judging', async () => {
    const { ask, inForce } = newPortal();
    expect(await ask(old, START)).toBe(true);
    expect(await inForce()).toBe(old.hash);
    expect(await ask(old, START)).toBe(true);
  });

  it('a newer one takes over at its first event, and the older does not take it back', async () => {
    const { clock, ask, inForce } = newPortal();
    await ask(old, START - MINUTE);
    clock.advance(10 * MINUTE);
    expect(await ask(fresh, START + 9 * MINUTE)).toBe(true);
    expect(await ask(old, START - MINUTE)).toBe(false);
    expect(await inForce()).toBe(fresh.hash);
    expect(await ask(fresh, START + 9 * MINUTE)).toBe(true);
  });

  it('one that was rolled back to takes over with the cron', async () => {
    const { clock, ask, inForce } = newPortal();
    await ask(old, START - MINUTE);
    clock.advance(10 * MINUTE);
    await ask(fresh, START + 9 * MINUTE);
    expect(await ask(old, START - MINUTE, true)).toBe(true);
    expect(await inForce()).toBe(old.hash);
    // Isolates of the newer one that still live came before: they do not take it back either.
    clock.advance(MINUTE);
    expect(await ask(fresh, START + 9 * MINUTE)).toBe(false);
  });
});
