import { describe, expect, it } from 'vitest';
import { eventRule, expectFault, expectFine, holdRule } from './support.ts';

describe('what a rule fires on', () => {
  it('is events or a state that has lasted', () => {
    expectFine(holdRule());
    expectFine(eventRule());
    expectFine(eventRule({ late: 'true', on: '["IM_Session_Status", "Some_Other_Event"]' }));
  });

  it('is said', () => {
    expectFault('no-trigger', `▶${holdRule({ for: undefined })}`);
  });

  it('is one of the two', () => {
    expectFault('two-triggers', holdRule({ on: '["IM_Session_Status"]', for: '▶key"15m"' }));
  });

  it.each(['onResolve', 'episodeBy'])('%s goes with a hold', (key) => {
    const value =
      key === 'episodeBy'
        ? '["session.assigneeId"]'
        : '[{ "type": "slack.post", "params": { "channel": "#x", "text": "t" } }]';
    expectFine(holdRule({ [key]: value }));
    expectFault('key-without-effect', eventRule({ [key]: `▶key${value}` }));
  });

  it('no card is opened when the episode is over', () => {
    const post = '[{ "type": "slack.post", "params": { "channel": "#x", "text": "t" } }]';
    expectFine(holdRule({ onResolve: post }));
    expectFault('card-at-the-end', holdRule({ onResolve: post.replace('"slack.post"', '▶"slack.alert"') }));
  });

  it('late goes with events', () => {
    expectFault('key-without-effect', holdRule({ late: '▶keytrue' }));
  });

  it('an event type that looks like a slip is told, an unknown one is not', () => {
    const fault = expectFault('unknown-event', eventRule({ on: '[▶"IM_Sesion_Status"]' }), {}, 'warning');
    expect(fault.remedy).toBe('Did you mean "IM_Session_Status"?');
    expectFault(
      'duplicate-event',
      eventRule({ on: '["IM_Message_Add", "IM_Session_Status", ▶"IM_Message_Add"]' }),
      {},
      'warning',
    );
  });
});
