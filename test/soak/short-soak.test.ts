import { describe, expect, test } from 'vitest';
import { runSoak } from '../../soak/run-soak.ts';
import { postgresOnly } from '../support/databases.ts';

/** `npm run soak` in its short form: the same traffic, faults and verdicts, but memory is only kept from exploding. */
describe.each(postgresOnly)('a soak of a third of a minute on $kind', ({ kind }) => {
  test('loses nothing, fails only where it was bound to, and leaves sound data behind', async () => {
    const report = await runSoak({ minutes: 0.33, rate: 30, database: kind, seed: 'short soak' });
    expect(report.verdicts.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.sent.items).toBeGreaterThan(100);
    expect(report.outcome.items.repeats).toBeGreaterThan(0);
    expect(report.outcome.items.rejected).toBeGreaterThan(0);
    expect(Object.keys(report.faults).length).toBeGreaterThan(4);
    for (const rule of ['held', 'reassigned', 'every-status', 'ended']) {
      expect(report.outcome.delivered[rule], rule).toBeGreaterThan(0);
    }
  }, 300_000);
});
