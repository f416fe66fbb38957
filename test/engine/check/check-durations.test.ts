import { describe, it } from 'vitest';
import { expectFault, expectFine, holdRule } from './support.ts';

const step = (after: string) =>
  `{ "after": ${after}, "actions": [ { "type": "slack.post", "params": { "channel": "#x", "text": "t" } } ] }`;

describe('durations', () => {
  it('are times that can pass', () => {
    expectFine(holdRule({ for: '"1s"', maxLate: '"2d"', limit: '{ "count": 1, "per": "rule", "within": "1h30m" }' }));
    expectFault('bad-duration', holdRule({ for: '▶"0s"' }));
    expectFault('bad-duration', holdRule({ for: '▶"367d"' }));
    expectFault('bad-duration', holdRule({ maxLate: '▶"0h0m"' }));
    expectFault('bad-duration', holdRule({ limit: '{ "count": 1, "per": "rule", "within": ▶"0s" }' }));
    expectFault('bad-duration', holdRule({ steps: `[ ${step('▶"0m"')} ]` }));
  });

  it.each(['"15"', '"1,5h"', '"15 m"', '"15m foo"', '"1m1h"', '""', '"1M"'])('%s is none', (text) => {
    expectFault('bad-value', holdRule({ for: `▶${text}` }));
  });

  it('steps come one after the other', () => {
    expectFine(holdRule({ steps: `[ ${step('"10m"')}, ${step('"1h"')} ]` }));
    expectFault('steps-out-of-order', holdRule({ steps: `[ ${step('"1h"')}, ${step('▶"60m"')} ]` }));
    expectFault('steps-out-of-order', holdRule({ steps: `[ ${step('"1h"')}, ${step('▶"10m"')} ]` }));
  });
});
