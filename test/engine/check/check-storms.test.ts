import { describe, expect, it } from 'vitest';
import { eventDoing, eventRule, expectFault, expectFine, holdRule, load } from './support.ts';

const CARD = '[ { "type": "slack.alert", "params": { "channel": "#ops", "text": "Chat {{ session.id }}" } } ]';
const other = (parts: Record<string, string> = {}) => ({ 'revoked.rule.json': holdRule(parts) });

describe('inhibitedBy', () => {
  it('names other rules that are there', () => {
    expectFine(holdRule({ inhibitedBy: '["revoked"]' }), other());
    expectFine(eventRule({ inhibitedBy: '["revoked"]' }), other());
    const fault = expectFault('unknown-rule', holdRule({ inhibitedBy: '[▶"revokd"]' }), other());
    expect(fault.remedy).toBe('Did you mean "revoked"?');
    expectFault('unknown-rule', holdRule({ inhibitedBy: '[▶"revoked"]' }));
    expectFault('inhibits-itself', holdRule({ inhibitedBy: '["revoked", ▶"r"]' }), other());
  });

  it('says nothing more of a rule whose file cannot be read', () => {
    const { faults } = load(holdRule({ inhibitedBy: '["revoked"]' }), { 'revoked.rule.json': '{' });
    expect(faults.map(({ file }) => file)).toEqual(['revoked.rule.json']);
  });

  it('makes no circle, not by way of others either', () => {
    const { faults, marks } = load(holdRule({ inhibitedBy: '[▶"a"]' }), {
      'a.rule.json': holdRule({ inhibitedBy: '[▶"b"]' }),
      'b.rule.json': holdRule({ inhibitedBy: '["c", ▶"r"]' }),
      'c.rule.json': holdRule(),
    });
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['cyclic-inhibition']));
    const place = ({ file, line, column }: { file: string; line: number; column: number }) =>
      `${file} ${line}:${column}`;
    expect(faults.map(place).sort()).toEqual(marks.map(place).sort());
  });

  it('warns of an event rule that never has an episode', () => {
    const event = { 'said.rule.json': eventRule() };
    expectFault('inhibits-never', holdRule({ inhibitedBy: '[▶"said"]' }), event, 'warning');
    const carded = eventDoing('{ "type": "slack.alert", "params": { "channel": "#ops", "text": "x" } }');
    expectFine(holdRule({ inhibitedBy: '["said"]' }), { 'said.rule.json': carded });
  });
});

describe('groupAlerts', () => {
  it('goes by fields of the state, or by none', () => {
    expectFine(holdRule({ actions: CARD, groupAlerts: '{}' }));
    expectFine(
      holdRule({ actions: CARD, groupAlerts: '{ "by": ["session.channelId"], "wait": "5s", "interval": "10s" }' }),
    );
    expectFine(eventRule({ actions: CARD, groupAlerts: '{ "by": ["channel.id", "session.assigneeId"] }' }));
    const slip = expectFault(
      'unknown-path',
      holdRule({ actions: CARD, groupAlerts: '{ "by": [▶"session.chanelId"] }' }),
    );
    expect(slip.remedy).toContain('channelId');
    expectFault('bad-group-by', holdRule({ actions: CARD, groupAlerts: '{ "by": [▶"sesion.id"] }' }));
    expectFault('bad-group-by', eventRule({ actions: CARD, groupAlerts: '{ "by": [▶"event.id"] }' }));
    expectFault('bad-group-by', holdRule({ actions: CARD, groupAlerts: '{ "by": [▶"session"] }' }));
  });

  it('is about cards', () => {
    expectFault('key-without-effect', holdRule({ groupAlerts: '▶key{ "wait": "5s" }' }));
  });
});
