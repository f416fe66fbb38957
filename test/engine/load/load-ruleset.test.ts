import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import type { Ruleset } from '../../../src/engine/load/ruleset.ts';

const CONDITIONS = { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] };
const POST = { type: 'slack.post', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };
const RULE = { name: 'A rule', for: '15m', conditions: CONDITIONS, actions: [POST] };

function load(files: Record<string, unknown>) {
  return loadRuleset(
    new Map(
      Object.entries(files).map(([name, content]) => [
        name,
        typeof content === 'string' ? content : JSON.stringify(content),
      ]),
    ),
  );
}

function getRuleset(files: Record<string, unknown>): Ruleset {
  const loaded = load(files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.ruleset;
}

function getRule(rule: Record<string, unknown>) {
  const [first] = getRuleset({ 'a.rule.json': rule }).rules;
  if (first === undefined) throw new Error('no rule');
  return first;
}

describe('loading', () => {
  it('fills in the defaults and turns durations into milliseconds', () => {
    expect(getRule(RULE)).toEqual({
      id: 'a',
      name: 'A rule',
      tags: [],
      mode: 'live',
      priority: 1,
      trigger: { kind: 'hold', forMs: 900_000 },
      conditions: CONDITIONS,
      clock: 'wall',
      keepForMs: 0,
      inhibitedBy: [],
      onUnknown: 'match',
      onEdit: 'keep',
      episodeBy: [],
      actions: [
        {
          id: 'slack.post#0',
          type: 'slack.post',
          params: POST.params,
          reads: [],
          facts: ['session'],
          onUncertain: 'repeat',
          onFailure: [],
        },
      ],
      steps: [],
      onResolve: [],
      maxLateMs: 3_600_000,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('keeps what is written', () => {
    const rule = getRule({
      ...RULE,
      for: undefined,
      on: ['IM_Session_Status', 'IM_Session_Status'],
      late: true,
      description: 'd',
      owner: 'o',
      runbook: 'https://example.org/r',
      tags: ['t'],
      mode: 'shadow',
      priority: 7,
      exclusive: 'g',
      limit: { count: 2, per: 'session', within: '1h' },
      maxLate: '5m',
      steps: [
        { after: '10m', unless: 'never', actions: [POST] },
        { after: '20m', actions: [POST] },
      ],
    });
    expect(rule).toMatchObject({
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: true },
      description: 'd',
      owner: 'o',
      runbook: 'https://example.org/r',
      tags: ['t'],
      mode: 'shadow',
      priority: 7,
      exclusive: 'g',
      limit: { count: 2, per: 'session', withinMs: 3_600_000 },
      maxLateMs: 300_000,
      steps: [
        { afterMs: 600_000, unless: 'never' },
        { afterMs: 1_200_000, unless: 'acknowledged' },
      ],
    });
  });

  it('tells which facts and results an action reads, those of its onFailure actions too', () => {
    const say = (text: string, more = {}) => ({ ...POST, params: { channel: '#ops', text }, ...more });
    const { actions } = getRule({
      ...RULE,
      actions: [
        say('{{ rule.name }}', { id: 'first' }),
        say('{{ session.id }}', {
          id: 'second',
          onFailure: [
            say('{{ results.second.state }} {{ hold.elapsed }}', { id: 'told' }),
            say('{{ results.told.ts }} {{ results.first.ts }} {{ channel.name }}'),
          ],
        }),
        { type: 'zoho.commentTicket', needs: 'first', params: { text: 'x' } },
      ],
    });
    expect(actions.map(({ facts, reads }) => ({ facts, reads }))).toEqual([
      { facts: ['rule'], reads: [] },
      { facts: ['channel', 'hold', 'session'], reads: ['first'] },
      { facts: [], reads: [] },
    ]);
    expect(actions[1]?.onFailure.map(({ id, reads }) => ({ id, reads }))).toEqual([
      { id: 'told', reads: ['second'] },
      { id: 'slack.post#1', reads: ['first', 'told'] },
    ]);
    expect(actions[2]).toMatchObject({ onUncertain: 'leave', needs: 'first' });
  });

  it('sorts rules by id and keeps those that are off', () => {
    const ruleset = getRuleset({ 'b.rule.json': { ...RULE, mode: 'off' }, 'a.rule.json': RULE, 'a-b.rule.json': RULE });
    expect(ruleset.rules.map(({ id }) => id)).toEqual(['a', 'a-b', 'b']);
  });

  it('is all or nothing', () => {
    const loaded = load({ 'a.rule.json': RULE, 'b.rule.json': { ...RULE, mode: 'of' } });
    expect(loaded).toMatchObject({
      ok: false,
      faults: [{ file: 'b.rule.json', code: 'bad-value', severity: 'error' }],
    });
  });

  it('tells warnings without refusing', () => {
    const conditions = { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ONHOLD' }] };
    const loaded = load({ 'a.rule.json': { ...RULE, conditions } });
    expect(loaded).toMatchObject({ ok: true, warnings: [{ code: 'unknown-value', severity: 'warning' }] });
  });

  it('a folder without rules is a ruleset without rules', () => {
    expect(load({})).toMatchObject({ ok: true, ruleset: { rules: [] }, warnings: [] });
  });
});

describe('files', () => {
  it.each([
    ['A.rule.json', 'bad-file-name', 'error'],
    ['-a.rule.json', 'bad-file-name', 'error'],
    ['.rule.json', 'bad-file-name', 'error'],
    [`${'a'.repeat(65)}.rule.json`, 'bad-file-name', 'error'],
    ['rule.json', 'not-loaded', 'warning'],
    ['a.rule.jsonc', 'not-loaded', 'warning'],
    ['condition.json', 'not-loaded', 'warning'],
    ['sub/a.rule.json', 'not-loaded', 'warning'],
    ['b.test.json', 'test-without-rule', 'warning'],
  ])('%s: %s', (name, code, severity) => {
    const loaded = load({ 'a.rule.json': RULE, [name]: RULE });
    const faults = loaded.ok ? loaded.warnings : loaded.faults;
    expect(faults).toMatchObject([{ file: name, line: 1, column: 1, code, severity }]);
  });

  it('tests, schemas and what is no JSON are left to others', () => {
    const files = { 'a.rule.json': RULE, 'a.test.json': { tests: [] }, 'rule.schema.json': '{', 'README.md': '#' };
    expect(load(files)).toMatchObject({ ok: true, warnings: [] });
  });

  it('a test file must be JSON', () => {
    expect(load({ 'a.rule.json': RULE, 'a.test.json': '{' })).toMatchObject({
      ok: false,
      faults: [{ file: 'a.test.json', line: 1, column: 2, code: 'syntax' }],
    });
  });

  it('those that made the ruleset are kept as they were and load to the same one', () => {
    const files = {
      'a.rule.json': `// why\n${JSON.stringify(RULE)}`,
      'directory.json': '{}',
      'x.json': '{}',
      'calendars.json': '{ }',
    };
    const ruleset = getRuleset(files);
    expect(ruleset.files).toEqual({
      'a.rule.json': files['a.rule.json'],
      'directory.json': '{}',
      'calendars.json': '{ }',
    });
    expect(getRuleset(ruleset.files).hash).toBe(ruleset.hash);
  });
});

describe('the hash of a ruleset', () => {
  const files = {
    'a.rule.json': { ...RULE, conditions: { condition: 'held' } },
    'conditions.json': { held: CONDITIONS, other: CONDITIONS },
    'directory.json': { agents: { '1': { name: 'Ana' } } },
    'calendars.json': { office: { zone: 'Europe/Lisbon', hours: { 'mon-fri': ['09:00-18:00'] } } },
  };
  const { hash, rules } = getRuleset(files);

  it('does not change with comments, formatting, order of keys or the address of a schema', () => {
    const shuffled = Object.fromEntries(Object.entries(files['a.rule.json']).reverse());
    const text = `// comment\n${JSON.stringify({ $schema: './rule.schema.json', ...shuffled }, null, 4)}\r\n`;
    const again = getRuleset({ ...files, 'a.rule.json': text, 'unrelated.json': '{}' });
    expect(again.hash).toBe(hash);
    expect(again.rules[0]?.contentHash).toBe(rules[0]?.contentHash);
  });

  it.each([
    ['a rule', { 'a.rule.json': { ...RULE, name: 'Another' } }],
    ['the name of a rule', { 'a.rule.json': undefined, 'b.rule.json': files['a.rule.json'] }],
    ['a named condition', { 'conditions.json': { held: { any: CONDITIONS.all } } }],
    ['the directory', { 'directory.json': { agents: { '1': { name: 'Bea' } } } }],
    ['a calendar', { 'calendars.json': { office: { zone: 'UTC', hours: { 'mon-fri': ['09:00-18:00'] } } } }],
  ])('changes with %s', (_, change) => {
    const entries = Object.entries({ ...files, ...change }).filter(([, content]) => content !== undefined);
    expect(getRuleset(Object.fromEntries(entries)).hash).not.toBe(hash);
  });

  it('that of a rule changes with the calendar that it uses and with no other', () => {
    const office = { zone: 'Europe/Lisbon', hours: { 'mon-fri': ['09:00-18:00'] } };
    const contentHash = (during: string, calendars: object) =>
      getRuleset({ 'a.rule.json': { ...RULE, during }, 'calendars.json': calendars }).rules[0]?.contentHash;
    const alone = contentHash('office', { office });
    expect(contentHash('office', { office, other: office })).toBe(alone);
    expect(contentHash('office', { office: { ...office, zone: 'UTC' } })).not.toBe(alone);
    const holidays = { '2027-12-25': { hours: [] } };
    expect(contentHash('office', { office: { ...office, exceptions: holidays } })).not.toBe(alone);
  });

  it('that of a rule changes with the named conditions that it uses and with no others', () => {
    const contentHash = (conditions: object) =>
      getRuleset({ ...files, 'conditions.json': conditions }).rules[0]?.contentHash;
    const deeper = { held: { condition: 'other' }, other: CONDITIONS };
    expect(contentHash({ held: CONDITIONS, other: { any: CONDITIONS.all } })).toBe(rules[0]?.contentHash);
    expect(contentHash({ held: { any: CONDITIONS.all } })).not.toBe(rules[0]?.contentHash);
    expect(contentHash(deeper)).not.toBe(contentHash({ ...deeper, other: { any: CONDITIONS.all } }));
  });
});

describe('calendars', () => {
  it('answer by their names', () => {
    const { calendars } = getRuleset({
      'calendars.json': {
        $schema: './calendars.schema.json',
        office: { zone: 'Europe/Lisbon', hours: { 'mon-fri': ['09:00-18:00'] } },
        night: { zone: 'Asia/Kolkata', hours: { 'mon-sun': ['22:00-06:00'] } },
      },
    });
    const at = Date.parse('2026-11-23T17:00:00Z');
    expect([...calendars].map(([key, { name, zone, isOpen }]) => [key, name, zone, isOpen(at)])).toEqual([
      ['office', 'office', 'Europe/Lisbon', true],
      ['night', 'night', 'Asia/Kolkata', true],
    ]);
    expect(getRuleset({}).calendars.size).toBe(0);
  });
});

describe('the directory', () => {
  it('is looked up by id, with names in it turned into ids', () => {
    const { directory } = getRuleset({
      'directory.json': {
        channels: { '1': { name: 'WhatsApp', department: 'support', integration: 'WHATSAPP' }, '5': { name: 'Web' } },
        departments: { '2': { name: 'Support' } },
        agents: { '3': { name: 'Ana', zuid: '9', slack: 'U1' } },
        bots: { '4': { name: 'Greeter' } },
        teams: { night: { name: 'Night shift', agents: ['Ana', '7'] } },
        slack: { users: { '@leads': 'S1' }, channels: { ops: 'C1', '#other': 'C2' } },
      },
    });
    expect(directory.channels.get('1')).toEqual({ name: 'WhatsApp', departmentId: '2', integration: 'WHATSAPP' });
    expect(directory.channels.get('5')).toEqual({ name: 'Web' });
    expect(directory.agents.get('3')).toEqual({ name: 'Ana', zuid: '9', slack: 'U1' });
    expect(directory.agentIdByZuid.get('9')).toBe('3');
    expect(directory.teams.get('night')).toEqual(['3', '7']);
    expect(directory.teams.get('Night shift')).toEqual(['3', '7']);
    expect([...directory.slackUsers]).toEqual([['leads', 'S1']]);
    expect([...directory.slackChannels.keys()]).toEqual(['#ops', '#other']);
  });
});

describe('whatever the files hold', () => {
  const key = fc.constantFrom(
    ...['name', 'for', 'on', 'conditions', 'actions', 'all', 'any', 'not', 'condition', 'fact', 'path', 'operator'],
    ...['value', 'type', 'params', 'steps', 'after', 'onFailure', 'onResolve', 'limit', 'episodeBy', 'id', 'needs'],
  );
  const scalar = fc.constantFrom<unknown>(
    ...['session', 'event', '$.status', '$..x', 'equal', 'not:in', 'exists', '15m', '0s', 'slack.post', 'record', 'a'],
    ...['{{ session.id }}', '{{ results.a.b | name }}', '{{', '{% if %}', '', null, true, 0, -1.5, 'IM_Session_Status'],
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 7, withCrossShrink: true },
      scalar,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
    ),
  }));

  const hours = fc.oneof(
    tree,
    fc.array(fc.constantFrom('09:00-18:00', '22:00-06:00', '00:00-00:00', '9-18', ''), { maxLength: 3 }),
  );
  const calendars = fc.oneof(
    tree,
    fc.dictionary(
      fc.constantFrom('office', 'a b', '__proto__', 'constructor'),
      fc.record(
        {
          zone: fc.constantFrom<unknown>('Europe/Lisbon', '-03:00', 'Lisbon', '', 'UTC', null),
          hours: fc.oneof(tree, fc.dictionary(fc.constantFrom('mon-fri', 'sat', 'fri-mon', 'mon', 'x'), hours)),
          exceptions: fc.dictionary(fc.constantFrom('2027-02-29', '2027-12-25', 'x'), fc.record({ hours })),
        },
        { requiredKeys: ['zone'] },
      ),
    ),
  );

  function expectSound(files: Record<string, string>) {
    const loaded = loadRuleset(new Map(Object.entries(files)));
    for (const fault of loaded.ok ? loaded.warnings : loaded.faults) {
      const lines = (files[fault.file] ?? '').split(/\r\n|\n|\r/);
      expect(fault.line).toBeGreaterThanOrEqual(1);
      expect(fault.line).toBeLessThanOrEqual(lines.length);
      expect(fault.column).toBeGreaterThanOrEqual(1);
      expect(fault.column).toBeLessThanOrEqual((lines[fault.line - 1]?.length ?? 0) + 1);
      expect(fault.message).not.toBe('');
      expect(fault.remedy).not.toBe('');
    }
    if (!loaded.ok) expect(loaded.faults.some(({ severity }) => severity === 'error')).toBe(true);
  }

  it('it loads or says why not, at a place in the file', () => {
    fc.assert(
      fc.property(tree, tree, tree, calendars, fc.constantFrom(0, 2), (rule, conditions, directory, hours, indent) => {
        expectSound({
          'a.rule.json': JSON.stringify(rule, null, indent),
          'conditions.json': JSON.stringify(conditions, null, indent),
          'directory.json': JSON.stringify(directory, null, indent),
          'calendars.json': JSON.stringify(hours, null, indent),
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('so does a good rule with one part of it replaced', () => {
    const rule = { ...RULE, episodeBy: ['session.assigneeId'], steps: [{ after: '1m', actions: [POST] }] };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(rule)), tree, tree, (part, replaced, named) => {
        expectSound({
          'a.rule.json': JSON.stringify({ ...rule, [part]: replaced }, null, 2),
          'conditions.json': JSON.stringify({ a: named }),
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('so does any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => expectSound({ 'a.rule.json': text, 'a.test.json': text })),
    );
  });
});

describe('speed', () => {
  it('a thousand rules load in well under two seconds of CPU time', () => {
    const files = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `rule-${index}.rule.json`,
        JSON.stringify({
          ...RULE,
          name: `Rule ${index}`,
          actions: [
            { ...POST, params: { channel: '#ops', text: `${index}: {{ session.id }} {{ hold.elapsed | duration }}` } },
          ],
        }),
      ]),
    );
    const before = process.cpuUsage();
    expect(getRuleset(files).rules).toHaveLength(1_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
