import { describe, expect, it } from 'vitest';
import { checkFolder } from '../../../../src/engine/check/check-folder.ts';

const STATUS = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
const HAS_STATUS = { fact: 'session', path: '$.status', operator: 'exists', value: true };
const CHANNEL = (value: string) => ({ fact: 'session', path: '$.channelId', operator: 'equal', value });
const POST = { type: 'slack.post', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };
const assign = (agentId: string) => ({ type: 'zoho.assignSession', params: { agentId } });
const setStatus = (status: string) => ({ type: 'zoho.setSessionStatus', params: { status } });

const hold = (more: object = {}) => ({
  name: 'A rule',
  for: '15m',
  conditions: { all: [STATUS('ON_HOLD')] },
  actions: [POST],
  ...more,
});
const event = (more: object = {}) => {
  const { for: _, ...rest } = hold(more) as Record<string, unknown>;
  return { on: ['IM_Session_Status'], ...rest };
};

/** `file code` of what is told, warnings about missing tests left out. */
function tell(files: Record<string, object>, unconnected: Parameters<typeof checkFolder>[1] = []): string[] {
  const texts = Object.entries(files).map(([name, content]): [string, string] => [
    name.endsWith('.json') ? name : `${name}.rule.json`,
    JSON.stringify(content),
  ]);
  const checked = checkFolder(new Map(texts), unconnected);
  const faults = checked.ok ? checked.warnings : checked.faults;
  return faults.flatMap(({ file, code }) => (code === 'no-test' ? [] : [`${file.replace('.rule.json', '')} ${code}`]));
}

const only = (...conditions: object[]) => tell({ a: hold({ conditions: { all: conditions } }) });
const onEvent = (...conditions: object[]) => tell({ a: event({ conditions: { all: conditions } }) });
const leaf = (fact: string, path: string, operator: string, value: unknown) => ({ fact, path, operator, value });

describe('conditions that never hold', () => {
  it.each([
    [[STATUS('OPEN'), STATUS('ON_HOLD')]],
    [[STATUS('OPEN'), leaf('session', '$.status', 'in', ['ON_HOLD', 'ENDED'])]],
    [[STATUS('OPEN'), HAS_STATUS, { not: { any: [STATUS('OPEN'), STATUS('ON_HOLD')] } }]],
    [[leaf('session', '$.assigneeId', 'exists', false), leaf('session', '$.assigneeId', 'equal', '1')]],
    [[leaf('session', '$.holds', 'greaterThan', 3), leaf('session', '$.holds', 'lessThanInclusive', 3)]],
    [[leaf('session', '$.holds', 'between', [1, 2]), leaf('session', '$.holds', 'greaterThanInclusive', 3)]],
    [[leaf('session', '$.createdAt', 'exists', false)]],
    [[leaf('channel', '$.id', 'equal', '1'), CHANNEL('2')]],
    [[leaf('channel', '$.name', 'startsWith', 'VIP'), leaf('channel', '$.name', 'equal', 'WhatsApp')]],
    [[leaf('channel', '$.name', 'startsWith', 'VIP'), leaf('channel', '$.name', 'startsWith', 'Web')]],
    [[{ any: [{ all: [STATUS('OPEN'), STATUS('ENDED')] }, { all: [CHANNEL('1'), CHANNEL('2')] }] }]],
  ])('%j', (conditions) => {
    expect(only(...conditions)).toEqual(['a never-matches']);
  });

  it('of an event rule: a type that it is not for, a late event that it is not given, one status on both sides', () => {
    expect(onEvent(leaf('event', '$.type', 'equal', 'IM_Message_Add'))).toEqual(['a never-matches']);
    expect(onEvent(leaf('transition', '$.late', 'equal', true))).toEqual(['a never-matches']);
    expect(
      tell({ a: event({ late: true, conditions: { all: [leaf('transition', '$.late', 'equal', true)] } }) }),
    ).toEqual([]);
    const changed = { fact: 'transition', operator: 'changedTo', value: 'ENDED' };
    expect(onEvent(changed, leaf('transition', '$.from', 'equal', 'ENDED'))).toEqual(['a never-matches']);
    expect(onEvent(changed, leaf('transition', '$.from', 'equal', 'OPEN'))).toEqual([]);
    const aged = (operator: string, value: string) => leaf('session', '$.createdAt', operator, value);
    expect(onEvent(aged('olderThan', '2h'), aged('newerThan', '1h'))).toEqual(['a never-matches']);
    expect(onEvent(aged('olderThan', '1h'), aged('newerThan', '2h'))).toEqual([]);
  });

  it('through a named condition, and not where an alternative remains', () => {
    const conditions = { 'on-hold': { all: [STATUS('ON_HOLD')] } };
    const naming = (...more: object[]) => hold({ conditions: { all: [{ condition: 'on-hold' }, ...more] } });
    expect(tell({ a: naming(STATUS('OPEN')), 'conditions.json': conditions })).toEqual(['a never-matches']);
    expect(tell({ a: naming({ any: [STATUS('OPEN'), CHANNEL('1')] }), 'conditions.json': conditions })).toEqual([]);
  });

  it('the message names the field', () => {
    const files = new Map([['a.rule.json', JSON.stringify(hold({ conditions: { all: [STATUS('A'), STATUS('B')] } }))]]);
    const checked = checkFolder(files, []);
    if (!checked.ok) throw new Error('faulty');
    expect(checked.warnings.find(({ code }) => code === 'never-matches')).toMatchObject({
      line: 1,
      message: 'these conditions never hold: no value can be all that is asked of session.status',
    });
  });
});

describe('conditions that always hold', () => {
  it.each([
    [[{ any: [leaf('session', '$.holds', 'lessThan', 3), leaf('session', '$.holds', 'greaterThanInclusive', 3)] }]],
    [[{ any: [leaf('session', '$.assigneeId', 'exists', true), leaf('session', '$.assigneeId', 'exists', false)] }]],
    [[leaf('session', '$.createdAt', 'exists', true)]],
    [[{ not: { all: [CHANNEL('1'), CHANNEL('2'), leaf('session', '$.channelId', 'exists', true)] } }]],
  ])('%j', (conditions) => {
    expect(only(...conditions)).toEqual(['a always-matches']);
  });

  it('are told of neither where some value is left out, nor where every event is meant', () => {
    expect(
      only({ any: [leaf('session', '$.holds', 'lessThan', 3), leaf('session', '$.holds', 'greaterThan', 3)] }),
    ).toEqual([]);
    expect(tell({ a: event({ conditions: { all: [] } }) })).toEqual([]);
    expect(onEvent(leaf('event', '$.type', 'in', ['IM_Session_Status', 'IM_Message_Add']))).toEqual([
      'a always-matches',
    ]);
  });
});

describe('a rule that another one shadows', () => {
  const grouped = (more: object) => event({ exclusive: 'g', ...more });
  const broad = grouped({ priority: 10 });
  const narrow = grouped({ conditions: { all: [STATUS('ON_HOLD'), CHANNEL('1')] } });

  it('of its exclusive group, whenever it could act', () => {
    expect(tell({ broad, narrow })).toEqual(['narrow shadowed']);
  });

  it.each([
    ['its priority is higher', { narrow: { ...narrow, priority: 20 } }],
    ['the other has a limit', { broad: { ...broad, limit: { count: 1, per: 'session', within: '1h' } } }],
    ['the other is in shadow', { broad: { ...broad, mode: 'shadow' } }],
    ['the groups differ', { narrow: { ...narrow, exclusive: 'other' } }],
    ['the other asks for more', { broad: { ...broad, conditions: { all: [STATUS('ON_HOLD'), CHANNEL('2')] } } }],
    ['it is for more events', { narrow: { ...narrow, on: ['IM_Session_Status', 'IM_Message_Add'] } }],
    ['it is for late events', { narrow: { ...narrow, late: true } }],
  ])('but not when %s', (_, changed) => {
    expect(tell({ broad, narrow, ...changed })).toEqual([]);
  });

  it('of two holds only when they begin and fall due together', () => {
    const a = hold({ exclusive: 'g', priority: 2 });
    const b = hold({ exclusive: 'g', actions: [{ ...POST, params: { channel: '#b', text: 'b' } }] });
    expect(tell({ a, b })).toEqual(['b shadowed']);
    expect(tell({ a, b: { ...b, for: '20m' } })).toEqual([]);
    expect(tell({ a, b: { ...b, conditions: { all: [STATUS('ON_HOLD'), CHANNEL('1')] } } })).toEqual([]);
  });

  it('or that is there twice, however its conditions are written', () => {
    const twice = hold({ name: 'Another name', conditions: { all: [{ not: { not: STATUS('ON_HOLD') } }] } });
    expect(tell({ a: hold(), b: twice })).toEqual(['b repeated-rule']);
    expect(tell({ a: hold(), b: { ...twice, mode: 'shadow' } })).toEqual([]);
    expect(tell({ a: hold(), b: { ...twice, keepFor: '1m' } })).toEqual([]);
  });
});

describe('rules that contradict each other', () => {
  it('at the same event', () => {
    const a = event({ actions: [assign('111')] });
    expect(tell({ a, b: event({ actions: [assign('222')] }) })).toEqual(['a circle', 'b contradiction']);
    expect(tell({ a, b: event({ actions: [setStatus('ENDED')] }) })).toEqual(['b contradiction']);
    expect(tell({ a, b: event({ actions: [setStatus('OPEN')] }) })).toEqual([]);
    expect(tell({ a, b: event({ name: 'x', actions: [assign('111')], priority: 3 }) })).toEqual([]);
    const priority = (value: string) =>
      event({ actions: [{ type: 'zoho.updateTicket', params: { priority: value } }] });
    expect(tell({ a: priority('High'), b: priority('Low') })).toEqual(['b contradiction']);
  });

  it('or holds of the same length, on states that go together', () => {
    const a = hold({ actions: [setStatus('OPEN')] });
    const b = hold({ conditions: { all: [STATUS('ON_HOLD'), CHANNEL('1')] }, actions: [setStatus('ENDED')] });
    expect(tell({ a, b })).toEqual(['b contradiction']);
    expect(tell({ a, b: { ...b, for: '1h' } })).toEqual([]);
    expect(tell({ a, b: { ...b, conditions: { all: [STATUS('OPEN')] } } })).toEqual([]);
  });

  it.each([
    ['one of them is in shadow', { b: { mode: 'shadow' } }],
    [
      'they are in one exclusive group',
      { a: { exclusive: 'g' }, b: { exclusive: 'g', priority: 5, limit: { count: 1, per: 'session', within: '1h' } } },
    ],
    ['one is held back by the other', { b: { inhibitedBy: ['a'] } }],
    ['they are for different events', { b: { on: ['IM_Message_Add'] } }],
    ['a template works out what they do', { b: { actions: [assign('{{ session.assigneeId | default: 1 }}')] } }],
    // A channel has one department: whether this one has that department is not in the rules.
    [
      'they read fields that hang together',
      {
        a: { conditions: { all: [CHANNEL('1')] } },
        b: { conditions: { all: [leaf('channel', '$.departmentId', 'equal', '7')] } },
      },
    ],
  ])('but not when %s', (_, changed: { a?: object; b?: object }) => {
    const a = event({ actions: [assign('111'), { ...POST, type: 'slack.alert' }], ...changed.a });
    expect(tell({ a, b: event({ actions: [assign('222')], ...changed.b }) })).toEqual([]);
  });

  it('and not by day and by night', () => {
    const hours = (text: string) => ({ zone: 'UTC', hours: { 'mon-sun': [text] } });
    const files = {
      a: event({ during: 'day', actions: [assign('111')] }),
      b: event({ during: 'night', actions: [assign('222')] }),
      'calendars.json': { day: hours('08:00-20:00'), night: hours('20:00-08:00') },
    };
    expect(tell(files)).toEqual([]);
    expect(tell({ ...files, b: { ...files.b, during: 'day' } })).toEqual([
      'a circle',
      'b contradiction',
      'calendars.json unused-calendar',
    ]);
  });
});

describe('templates that may print nothing', () => {
  const alert = (text: string) => ({ type: 'slack.alert', params: { channel: '#ops', text } });
  const saying = (text: string, more: object = {}) => tell({ a: hold({ actions: [alert(text)], ...more }) });

  it('where the action would be refused', () => {
    expect(saying('{{ session.ticketId }}')).toEqual(['a may-print-nothing']);
    expect(saying('{% if session.ticketId %}Ticket {{ session.ticketId }}{% endif %}')).toEqual([
      'a may-print-nothing',
    ]);
    expect(tell({ a: hold({ actions: [assign('{{ session.assigneeId }}')] }) })).toEqual(['a may-print-nothing']);
  });

  it.each([
    ['something else is printed', 'Ticket {{ session.ticketId }}', {}],
    ['there is a default', "{{ session.ticketId | default: 'none' }}", {}],
    ['the field is always there', '{{ session.id }}{{ hold.elapsed | duration }}', {}],
    ['a chat has a channel', '{{ channel.name }}', {}],
    [
      'the conditions ask for it',
      '{{ session.ticketId }}',
      { conditions: { all: [leaf('session', '$.ticketId', 'exists', true)] } },
    ],
  ])('but not when %s', (_, text, more) => {
    expect(saying(text, more)).toEqual([]);
  });

  it('nor where an empty one does no harm, or a failure is seen to', () => {
    const fields = [{ title: 'Ticket', value: '{{ session.ticketId }}' }];
    expect(
      tell({ a: hold({ actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'x', fields } }] }) }),
    ).toEqual([]);
    const action = { ...assign('{{ session.assigneeId }}'), onFailure: [POST] };
    expect(tell({ a: hold({ actions: [action] }) })).toEqual([]);
  });

  it('what the conditions promise is no longer promised at the end of the episode', () => {
    const conditions = { all: [STATUS('ON_HOLD'), leaf('session', '$.ticketId', 'exists', true)] };
    const post = { type: 'slack.post', params: { channel: '#ops', text: '{{ session.ticketId }}' } };
    expect(tell({ a: hold({ conditions, actions: [POST], steps: [{ after: '5m', actions: [post] }] }) })).toEqual([]);
    expect(tell({ a: hold({ conditions, actions: [POST], onResolve: [post] }) })).toEqual(['a may-print-nothing']);
  });
});

describe('what nobody uses', () => {
  it('conditions and calendars, read in whatever way', () => {
    const conditions = {
      used: { all: [STATUS('ON_HOLD')] },
      inner: STATUS('OPEN'),
      outer: { any: [{ condition: 'inner' }] },
    };
    const calendars = {
      one: { zone: 'UTC', hours: { mon: ['09:00-10:00'] } },
      two: { zone: 'UTC', hours: { mon: ['09:00-10:00'] } },
    };
    const files = { 'conditions.json': conditions, 'calendars.json': calendars };
    const a = hold({ conditions: { condition: 'used' }, during: 'one' });
    expect(tell({ a, ...files })).toEqual([
      'calendars.json unused-calendar',
      'conditions.json unused-condition',
      'conditions.json unused-condition',
    ]);
    const b = event({ conditions: { any: [{ condition: 'outer' }, leaf('clock', '$.open.two', 'equal', true)] } });
    expect(tell({ a, b, ...files })).toEqual([]);
    const c = hold({
      conditions: { condition: 'outer' },
      actions: [{ ...POST, params: { channel: '#a', text: 'x{{ clock.open.two }}' } }],
    });
    expect(tell({ a, c, ...files })).toEqual([]);
    expect(tell(files)).toEqual([]);
  });
});

describe('what the environment cannot reach', () => {
  const slack = { destination: 'slack' as const, name: 'Slack', variables: ['SLACK_BOT_TOKEN'] };

  it('is told once, at the first live rule that needs it', () => {
    const record = event({ actions: [{ type: 'record', params: { dataset: 'd', fields: { a: 'b' } } }] });
    expect(tell({ a: record, b: hold({ mode: 'shadow' }), c: hold(), d: hold({ for: '1h' }) }, [slack])).toEqual([
      'c not-connected',
    ]);
    expect(tell({ a: record }, [slack])).toEqual([]);
  });
});

describe('accepted warnings', () => {
  const accept = (...codes: string[]) => codes.map((code) => ({ code, reason: 'meant' }));
  const check = (files: Record<string, object>) => {
    const texts = Object.entries(files).map(([name, one]): [string, string] => [name, JSON.stringify(one)]);
    const checked = checkFolder(new Map(texts), []);
    return (checked.ok ? checked.warnings : checked.faults).map(({ code, message, remedy }) => ({
      code,
      message,
      remedy,
    }));
  };

  it('are not told: those of loading, of rules beside each other, of missing tests', () => {
    const conditions = { all: [STATUS('ONHOLD')] };
    expect(check({ 'a.rule.json': hold({ conditions, accept: accept('unknown-value', 'no-test') }) })).toEqual([]);
    const never = hold({
      conditions: { all: [STATUS('OPEN'), STATUS('ENDED')] },
      accept: accept('never-matches', 'no-test'),
    });
    expect(check({ 'a.rule.json': never })).toEqual([]);
  });

  it('an acceptance that accepts nothing is itself told, and cannot be accepted', () => {
    const idle = hold({ accept: accept('no-tets', 'accepts-nothing') });
    expect(check({ 'a.rule.json': idle })).toMatchObject([
      { code: 'no-test' },
      {
        code: 'accepts-nothing',
        message: 'this rule has no warning "no-tets"',
        remedy: expect.stringContaining('Did you mean "no-test"?'),
      },
      { code: 'accepts-nothing', message: 'this rule has no warning "accepts-nothing"' },
    ]);
    expect(check({ 'a.rule.json': hold({ accept: accept('no-test', 'no-test') }) })).toMatchObject([
      { code: 'accepts-nothing', message: '"no-test" is accepted twice', remedy: 'Remove it.' },
    ]);
  });

  it('no error can be accepted, and each needs its reason', () => {
    expect(check({ 'a.rule.json': hold({ for: '0s', accept: accept('bad-duration') }) })).toMatchObject([
      { code: 'bad-duration' },
    ]);
    expect(check({ 'a.rule.json': hold({ accept: [{ code: 'no-test' }] }) })).toMatchObject([{ code: 'missing-key' }]);
  });

  it('change nothing of what the rule is: its holds go on, its ruleset stays', () => {
    const of = (rule: object) => {
      const checked = checkFolder(new Map([['a.rule.json', JSON.stringify(rule)]]), []);
      if (!checked.ok) throw new Error('faulty');
      return [checked.ruleset.hash, checked.ruleset.rules[0]?.contentHash];
    };
    expect(of(hold({ accept: accept('no-test') }))).toEqual(of(hold()));
    expect(of(hold({ keepFor: '1m' }))).not.toEqual(of(hold()));
  });
});
