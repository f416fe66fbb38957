import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { REPLY_STATUSES, SESSION_STATUSES } from '../../../src/domain/vocabulary.ts';
import { compileRuleset } from '../../../src/engine/compile.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import { readRulesDir } from '../../../src/runtime/rules-dir.ts';
import { planCases } from '../../../src/trial/simulation/cases.ts';
import { isSettable, UNKNOWN } from '../../../src/trial/simulation/dimensions.ts';
import { MAX_STAY_MS, measurePatience } from '../../../src/trial/simulation/patience.ts';
import { simulate } from '../../../src/trial/simulation/simulate.ts';
import { load, START } from './planted.ts';

const leaf = (path: string, operator: string, value: unknown, fact = 'session') => ({ fact, path, operator, value });
const post = { type: 'slack.post', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };
const hold = (all: object[], more: object = {}) => ({
  name: 'Hold',
  for: '10m',
  conditions: { all },
  actions: [post],
  ...more,
});
const OPEN = leaf('$.status', 'equal', 'OPEN');

const plan = (rules: Record<string, object>, quick = false) => planCases(compileRuleset(load(rules)), START, quick);
const names = (values: Iterable<string>) => [...new Set(values)].sort();

describe('what is tried', () => {
  it('is every status after every status, with every reply status and kind of assignee, and unknown ones', () => {
    const { cases } = plan({ open: hold([OPEN]) });
    const statuses = [...SESSION_STATUSES, UNKNOWN];
    const wanted = statuses.flatMap((from) =>
      statuses.flatMap((to) =>
        [...REPLY_STATUSES, UNKNOWN].flatMap((reply) =>
          ['AGENT', 'BOT', 'none', UNKNOWN].map((assignee) => [from, to, reply, assignee].join()),
        ),
      ),
    );
    const tried = cases.map(({ one: { from, to, reply, assignee } }) => [from, to, reply, assignee].join());
    expect(tried.sort()).toEqual(wanted.sort());
  });

  it('is, where it must be quick, one of the reply statuses that no rule tells apart, and always an unknown one', () => {
    const { replies } = plan({ lost: hold([leaf('$.replyStatus', 'in', ['CHANNEL_REVOKED', 'PAGE_REMOVED'])]) }, true);
    expect([...replies.keys()]).toEqual(['ACCEPTED', 'CHANNEL_REVOKED', UNKNOWN]);
    expect(replies.get('CHANNEL_REVOKED')).toEqual(['CHANNEL_REVOKED', 'PAGE_REMOVED']);
    expect([...replies.values()].flat().sort()).toEqual([...REPLY_STATUSES, UNKNOWN].sort());
  });

  it('is every reply status where a rule looks into the text', () => {
    const { replies } = plan({ lost: hold([leaf('$.replyStatus', 'startsWith', 'CHANNEL')]) }, true);
    expect(names(replies.keys())).toEqual(names([...REPLY_STATUSES, UNKNOWN]));
  });

  it('is every kind of channel that a rule names', async () => {
    const rules = { insta: hold([OPEN, leaf('$.integration', 'equal', 'INSTAGRAM', 'channel')]) };
    expect(plan(rules).settings.map(({ integration }) => integration)).toEqual(['WHATSAPP', 'INSTAGRAM']);
    const report = await simulate(load(rules), { start: START, quick: true });
    const cell = report.rules[0]?.cells.find(({ from, to }) => from === 'CREATED' && to === 'OPEN');
    expect(cell).toMatchObject({ acted: (cell?.of ?? 0) / 2 });
  });

  it('is marked by what Zoho Desk does when it is asked to', () => {
    const statuses = [...SESSION_STATUSES, UNKNOWN];
    const settable = statuses.flatMap((from) =>
      statuses.filter((to) => isSettable(from, to)).map((to) => `${from} ${to}`),
    );
    expect(settable.filter((pair) => !/ (?:ENDED|BLOCKED)$/.test(pair))).toEqual([
      'OPEN ON_HOLD',
      'ENDED ON_HOLD',
      'BLOCKED OPEN',
    ]);
    expect(settable).toHaveLength(2 * statuses.length + 3);
  });
});

describe('how long a simulated chat stays', () => {
  const stay = (rule: object) => measurePatience(compileRuleset(load({ rule })), [START]);

  it('is as long as the slowest ladder needs', () => {
    const { stayMs, tooSlow } = stay(hold([OPEN], { steps: [{ after: '2h', actions: [post] }] }));
    expect(stayMs).toBeGreaterThanOrEqual(130 * 60_000);
    expect(stayMs).toBeLessThan(140 * 60_000);
    expect(tooSlow).toEqual([]);
  });

  it('has a bound, and rules beyond it are told', () => {
    const { stayMs, tooSlow } = stay(hold([OPEN], { for: '40d' }));
    expect(stayMs).toBe(MAX_STAY_MS);
    expect(tooSlow).toEqual([{ ruleId: 'rule', needsMs: 40 * 86_400_000 }]);
  });
});

describe('a simulation', () => {
  it('tells of each status which rule acts, when, and for whom; and which no rule minds', async () => {
    const report = await simulate(
      load({
        open: hold([OPEN, leaf('$.assigneeType', 'equal', 'AGENT'), leaf('$.replyStatus', 'equal', 'ACCEPTED')]),
        off: hold([OPEN], { mode: 'off' }),
        shade: hold([leaf('$.status', 'equal', 'MISSED')], { mode: 'shadow' }),
        never: hold([leaf('$.messagesIn', 'greaterThan', 99)]),
        count: {
          name: 'Count',
          on: ['IM_Session_Status'],
          conditions: { all: [leaf('', 'changedTo', 'ENDED', 'transition')].map(({ path: _, ...rest }) => rest) },
          actions: [{ type: 'dashboard.update', params: { tile: 'n', add: 1 } }],
        },
      }),
      { start: START, quick: true },
    );
    const of = (status: string) => report.statuses.find((one) => one.status === status);
    expect(of('OPEN')).toEqual({
      status: 'OPEN',
      known: true,
      rules: [{ ruleId: 'open', shadow: false, afterMs: 600_000, assignees: ['AGENT'], replies: ['ACCEPTED'] }],
      handling: 'handled',
    });
    expect(of('MISSED')?.rules).toEqual([{ ruleId: 'shade', shadow: true, afterMs: 600_000 }]);
    expect(of('ENDED')).toMatchObject({ rules: [{ ruleId: 'count' }], handling: 'noted' });
    expect(of(UNKNOWN)).toMatchObject({ known: false, rules: [], handling: 'nothing' });
    const acted = (ruleId: string) =>
      report.rules.find((one) => one.ruleId === ruleId)?.cells.filter((one) => one.acted > 0);
    expect(names((acted('count') ?? []).map(({ to }) => to))).toEqual(['ENDED']);
    expect(acted('count')?.map(({ from }) => from)).not.toContain('ENDED');
    expect(acted('count')?.every((cell) => cell.acted === cell.of)).toBe(true);
    expect(acted('never')).toEqual([]);
    expect(report.rules.find(({ ruleId }) => ruleId === 'off')).toMatchObject({ tried: false, cells: [] });
    expect(report.invariants.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('shows a rule to act also where its calendar is closed at the usual time', async () => {
    const files = {
      'calendars.json': { night: { zone: 'America/Sao_Paulo', hours: { 'mon-sun': ['22:00-24:00'] } } },
      'night.rule.json': hold([OPEN], { during: 'night' }),
      'long.rule.json': hold([OPEN], { for: '5h', during: 'night', clock: 'business' }),
    };
    const texts = Object.entries(files).map(([name, file]): [string, string] => [name, JSON.stringify(file)]);
    const loaded = loadRuleset(new Map(texts));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const report = await simulate(loaded.ruleset, { start: START, quick: true });
    const acted = report.statuses.find(({ status }) => status === 'OPEN')?.rules.map(({ ruleId }) => ruleId);
    expect(acted).toEqual(['long', 'night']);
    expect(report.settings).toBe(2);
    expect(report.invariants.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('counts a violation once for each chat, with one test for all', async () => {
    const bad = {
      name: 'Bad',
      on: ['IM_Session_Status'],
      conditions: { all: [leaf('$.assigneeType', 'equal', 'BOT')] },
      actions: [{ type: 'zoho.setSessionStatus', params: { status: 'OPEN' } }],
    };
    const report = await simulate(load({ bad }), { start: START, quick: true });
    const [violation, ...more] = report.invariants.flatMap(({ violations }) => violations);
    // Every chat ends; so each one of a bot's.
    expect(violation).toMatchObject({ ruleId: 'bad', count: report.cases / 4, example: { assignee: 'BOT' } });
    expect(more).toEqual([]);
  });

  it('finds nothing wrong with the rules that ship', async () => {
    const loaded = loadRuleset(await readRulesDir(fileURLToPath(new URL('../../../rules', import.meta.url))));
    if (!loaded.ok) throw new Error('the rules that ship cannot be loaded');
    const report = await simulate(loaded.ruleset, { start: START, quick: true });
    expect(report.invariants.filter(({ violations }) => violations.length > 0)).toEqual([]);
    expect(report.tooSlow).toEqual([]);
    const unseen = report.rules.filter(({ tried, cells }) => tried && cells.every(({ acted }) => acted === 0));
    expect(unseen.map(({ ruleId }) => ruleId)).toEqual([]);
  });
});
