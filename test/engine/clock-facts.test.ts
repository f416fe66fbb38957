import { describe, expect, it } from 'vitest';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { clockFacts } from '../../src/engine/facts.ts';
import { renderParams } from '../../src/engine/templates/render-params.ts';
import { loadRules } from '../support/load-rules.ts';
import { statusEvent, Timeline } from '../support/timeline.ts';
import { eventWith, expectFault, expectFine, holdDoing } from './check/support.ts';

const OFFICE = { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['09:00-18:00'] } };
const NIGHT = { zone: 'Asia/Kolkata', hours: { 'mon-sun': ['22:00-06:00'] } };
const CALENDARS = { 'support-hours': OFFICE, night: NIGHT };

describe('the clock of a rule', () => {
  it('tells of each calendar whether it is open, and the time in its zone', () => {
    const calendars = new Map(Object.entries(CALENDARS).map(([name, file]) => [name, createCalendar(name, file)]));
    expect(clockFacts(Date.parse('2026-11-23T23:45:00Z'), calendars)).toEqual({
      now: '2026-11-23T23:45:00.000Z',
      weekday: 'monday',
      hour: 23,
      open: { 'support-hours': false, night: true },
      local: { 'support-hours': { weekday: 'monday', hour: 20 }, night: { weekday: 'tuesday', hour: 5 } },
    });
  });

  it('decides event rules', async () => {
    const rule = (id: string, ...conditions: object[]) => ({
      [`${id}.rule.json`]: {
        name: id,
        on: ['IM_Session_Status'],
        conditions: { all: conditions },
        actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }],
      },
    });
    const open = (path: string, value: boolean) => ({ fact: 'clock', path, operator: 'equal', value });
    const ruleset = loadRules({
      ...rule('by-day', open('$.open.support-hours', true)),
      ...rule('after-hours', open("$.open['support-hours']", false)),
      ...rule('five-to-six', { fact: 'clock', path: '$.local.support-hours.hour', operator: 'equal', value: 17 }),
      'calendars.json': CALENDARS,
    });
    const chat = new Timeline(ruleset);
    const last = Date.parse('2026-11-23T17:59:59.999-03:00');
    await chat.run(last, statusEvent(last, 'OPEN'));
    await chat.run(last + 1, statusEvent(last + 1, 'ON_HOLD', { old: 'OPEN' }));
    expect(chat.outcomes()).toEqual(['by-day fired', 'five-to-six fired', 'after-hours fired']);
  });

  it('can be said in templates', () => {
    const params = {
      channel: '#ops',
      text: '{% if clock.open.support-hours %}open{% else %}closed{% endif %} at {{ clock.local.support-hours.hour }}',
    };
    const calendars = new Map([['support-hours', createCalendar('support-hours', OFFICE)]]);
    const facts = { clock: clockFacts(Date.parse('2026-11-23T12:00:00Z'), calendars) };
    expect(renderParams('slack.post', params, facts, { directory: emptyDirectory() })).toMatchObject({
      params: { text: 'open at 9' },
    });
  });
});

describe('a calendar that a rule reads', () => {
  const files = { 'calendars.json': JSON.stringify(CALENDARS) };
  const leaf = (path: string, value: string) =>
    `{ "fact": "clock", "path": ${path}, "operator": "equal", "value": ${value} }`;
  const post = (text: string) =>
    holdDoing(`{ "type": "slack.post", "params": { "channel": "#ops", "text": "${text}" } }`);

  it('is one that is there, in conditions', () => {
    expectFine(eventWith(leaf('"$.open.support-hours"', 'true')), files);
    expectFine(eventWith(leaf('"$.local.night.weekday"', '"monday"')), files);
    expect(expectFault('unknown-calendar', eventWith(leaf('▶"$.open.support"', 'true')), files).remedy).toContain(
      'support-hours',
    );
    expectFault('unknown-calendar', eventWith(leaf('▶"$.local.nigth.hour"', '3')), files);
    expectFault('unknown-calendar', eventWith(leaf('▶"$.open.night"', 'true')));
    const other = '{ "fact": "clock", "path": ▶"$.local.nite.hour" }';
    expectFault('unknown-calendar', eventWith(leaf('"$.local.night.hour"', other)), files);
  });

  it('is one that is there, in named conditions', () => {
    expectFault('unknown-calendar', undefined, {
      ...files,
      'conditions.json': `{ "by-day": ${leaf('▶"$.open.suport-hours"', 'true')} }`,
    });
  });

  it('is one that is there, in templates', () => {
    expectFine(post('{{ clock.open.support-hours }} {{ clock.local.night.hour }} {{ clock.hour }}'), files);
    expectFault('unknown-calendar', post('{{ ▶clock.open.suport-hours }}'), files);
    expectFault('unknown-variable', post('{{ ▶clock.local.night.minute }}'), files);
  });

  it('is true or false, and read as such', () => {
    expectFault('bad-value', eventWith(leaf('"$.open.night"', '▶"yes"')), files);
    expectFault('unknown-path', eventWith(leaf('▶"$.local.night.minute"', '3')), files);
  });
});
