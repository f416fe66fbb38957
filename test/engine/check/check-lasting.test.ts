import { describe, expect, it } from 'vitest';
import { eventDoing, eventRule, expectFault, expectFine, holdRule } from './support.ts';

const CALENDARS = {
  'calendars.json': '{ "hours": { "zone": "UTC", "hours": { "mon-fri": ["09:00-18:00"] } } }',
};

describe('what lasts', () => {
  it.each([
    ['keepFor', '"2m"'],
    ['onEdit', '"restart"'],
  ])('%s goes with a hold', (key, value) => {
    expectFine(holdRule({ [key]: value }));
    expectFault('key-without-effect', eventRule({ [key]: `▶key${value}` }));
  });

  it('keepFor is a time that passes', () => {
    expectFault('bad-duration', holdRule({ keepFor: '▶"0s"' }));
    expectFault('bad-duration', holdRule({ keepFor: '▶"400d"' }));
  });

  it('repeat goes with something that lasts', () => {
    expectFine(holdRule({ repeat: '{ "every": "30m", "times": 3 }' }));
    const fault = expectFault('key-without-effect', eventRule({ repeat: '▶key{ "every": "30m", "times": 3 }' }));
    expect(fault.remedy).toContain('"steps"');
  });

  it('repeats come after some time, and are over within a year', () => {
    expectFault('bad-duration', holdRule({ repeat: '{ "every": ▶"0s", "times": 3 }' }));
    expectFine(holdRule({ repeat: '{ "every": "1d", "times": 366 }' }));
    const fault = expectFault('bad-duration', holdRule({ repeat: '{ "every": "1d", "times": ▶367 }' }));
    expect(fault.remedy).toBe('Write at most 366.');
  });
});

describe('an event that waits for its calendar', () => {
  const waits = { during: '"hours"', outside: '"wait"' };
  const text = '{ "fact": "event", "path": "$.text", "operator": "containsText", "value": "help" }';
  const type = '{ "fact": "event", "path": "$.messageType", "operator": "equal", "value": "TEXT" }';
  const onMessage = (parts: Record<string, string>) => eventRule({ on: '["IM_Message_Add"]', ...parts });

  it('is judged by what is kept of it', () => {
    expectFine(onMessage({ ...waits, conditions: `{ "all": [${type}] }` }), CALENDARS);
    expectFine(onMessage({ during: '"hours"', conditions: `{ "all": [${text}] }` }), CALENDARS);
    const reads = onMessage({ ...waits, conditions: `▶{ "all": [${text}] }` });
    expect(expectFault('gone-by-then', reads, CALENDARS, 'warning').message).toContain('event.text');
  });

  it('tells by what is kept of it', () => {
    const action = (said: string) =>
      `[ { "type": "slack.post", "params": { "channel": "#ops", "text": "New: ${said}" } } ]`;
    expectFine(onMessage({ ...waits, actions: action('{{ event.id }}') }), CALENDARS);
    const tells = onMessage({ ...waits, actions: action('{{ ▶event.actor.name }}') });
    expect(expectFault('gone-by-then', tells, CALENDARS, 'warning').message).toContain('event.actor.name');
    expectFine(eventDoing('{ "type": "slack.post", "params": { "channel": "#ops", "text": "x" } }'));
  });
});
