import { describe, expect, it } from 'vitest';
import { eventRule, expectFault, expectFine, holdRule, load } from './support.ts';

const FILES = {
  'calendars.json': `{
    "support-hours": { "zone": "America/Sao_Paulo", "hours": { "mon-fri": ["09:00-18:00"] } },
    "one-hour": { "zone": "UTC", "hours": { "mon": ["09:00-10:00"] } },
    "once": { "zone": "UTC", "hours": {}, "exceptions": { "2027-12-25": { "hours": ["20:00-04:00"] } } }
  }`,
};

const schedule = (parts: Record<string, string | undefined>) =>
  holdRule({
    for: undefined,
    every: '"5m"',
    conditions: '{ "all": [ { "fact": "queue", "path": "$.count", "operator": "greaterThan", "value": 10 } ] }',
    actions: '[ { "type": "slack.post", "params": { "channel": "#ops", "text": "{{ queue.count }} wait" } } ]',
    ...parts,
  });

describe('the calendar of a rule', () => {
  it('may be that of any kind of rule', () => {
    expectFine(holdRule({ during: '"support-hours"' }), FILES);
    expectFine(holdRule({ during: '"support-hours"', outside: '"wait"', clock: '"business"' }), FILES);
    expectFine(holdRule({ during: '"support-hours"', outside: '"skip"', clock: '"wall"' }), FILES);
    expectFine(eventRule({ during: '"support-hours"', outside: '"wait"' }), FILES);
    expectFine(schedule({ during: '"support-hours"', outside: '"skip"' }), FILES);
  });

  it('is one that is there', () => {
    expect(expectFault('unknown-calendar', holdRule({ during: '▶"suport-hours"' }), FILES).remedy).toBe(
      'Did you mean "support-hours"?',
    );
    expect(expectFault('unknown-calendar', holdRule({ during: '▶"support-hours"' })).remedy).toContain(
      'calendars.json',
    );
  });

  it('is not asked for where calendars.json cannot be read, which is told once', () => {
    const { faults } = load(holdRule({ during: '"support-hours"' }), { 'calendars.json': '{' });
    expect(faults.map(({ file, code }) => [file, code])).toEqual([['calendars.json', 'syntax']]);
  });
});

describe('outside', () => {
  it('goes with during', () => {
    expectFault('key-without-effect', holdRule({ outside: '▶key"wait"' }), FILES);
  });

  it('waits for no schedule rule', () => {
    expectFault('no-waiting', schedule({ during: '"support-hours"', outside: '▶"wait"' }), FILES);
  });
});

describe('clock', () => {
  it('business goes with for', () => {
    const parts = { during: '"support-hours"', clock: '▶key"business"' };
    expectFault('key-without-effect', eventRule(parts), FILES);
    expectFault('key-without-effect', schedule(parts), FILES);
  });

  it('business needs the hours in which it runs', () => {
    expectFault('clock-without-calendar', holdRule({ clock: '▶key"business"' }), FILES);
  });

  it('business can run out within what a calendar looks ahead', () => {
    const business = (calendar: string, lasting: string) =>
      holdRule({ for: lasting, during: `"${calendar}"`, clock: '"business"' });
    expectFine(business('one-hour', '"57h"'), FILES);
    expect(expectFault('never-due', business('one-hour', '▶"58h"'), FILES).message).toContain('within 400 days');
    expectFine(business('once', '"8h"'), FILES);
    expectFault('never-due', business('once', '▶"8h1s"'), FILES);
    // A clock on the wall runs on.
    expectFine(holdRule({ for: '"58h"', during: '"one-hour"' }), FILES);
  });
});
