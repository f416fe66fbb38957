import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const HOSTILE = '</style><script>alert(1)</script> & "quotes"';
const HOLD = {
  name: `Ten minutes on hold ${HOSTILE}`,
  for: '10m',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } }],
};
const BAD = {
  name: 'Every change is undone',
  on: ['IM_Session_Status'],
  conditions: { all: [{ fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'BOT' }] },
  actions: [{ type: 'zoho.setSessionStatus', params: { status: 'OPEN' } }],
};

function folder(files: Record<string, unknown>): Promise<string> {
  const written = Object.entries(files).map(([name, content]): [string, string] => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  return makeFolder(Object.fromEntries(written));
}

describe('vigia simulate', () => {
  it('shows where each rule acts, what happens in each status, and what holds', async () => {
    const cwd = await folder({ 'rules/hold.rule.json': HOLD });
    const { code, stdout } = await callCli(['simulate', '--quick'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}any +- +- +- +all +- +- +- +-$/m);
    expect(stdout).toContain('  ON_HOLD\n    hold, after 10m\n');
    expect(stdout).toContain('no rule acts in: CREATED, OPEN, ON_PROGRESS, ENDED, BLOCKED, MISSED, SOMETHING_NEW\n');
    expect(stdout.match(/^✔ /gm)).toHaveLength(7);
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => line.startsWith('  '))
          .map(({ length }) => length),
      ),
    ).toBeLessThan(121);
  });

  it('exits with 2 for what is broken, and prints a test that vigia test runs and that passes once the rule is mended', async () => {
    const cwd = await folder({ 'rules/bad.rule.json': BAD, 'rules/hold.rule.json': HOLD });
    const shown = await callCli(['simulate', '--quick'], { cwd });
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain('✖ nothing is changed in Zoho Desk for a chat that is over');
    expect(shown.stdout).toContain('    bad: zoho.setSessionStatus in ENDED\n');

    const { code, stdout } = await callCli(['simulate', '--quick', '--json'], { cwd });
    expect(code).toBe(2);
    const { ok, invariants } = JSON.parse(stdout);
    expect(ok).toBe(false);
    const violations = invariants.flatMap((one: { violations: unknown[] }) => one.violations);
    expect(violations).toHaveLength(1);
    await writeFile(join(cwd, 'rules/bad.test.json'), JSON.stringify({ tests: [violations[0].test] }));
    expect((await callCli(['test', 'bad'], { cwd })).code).toBe(2);
    const open = { fact: 'session', path: '$.status', operator: 'in', value: ['CREATED', 'OPEN', 'ON_HOLD'] };
    const mended = { ...BAD, conditions: { all: [...BAD.conditions.all, open] } };
    await writeFile(join(cwd, 'rules/bad.rule.json'), JSON.stringify(mended));
    expect((await callCli(['test', 'bad'], { cwd })).code).toBe(0);
    expect((await callCli(['simulate', '--quick'], { cwd })).code).toBe(0);
  });

  it('writes a page that stands alone, with everything escaped, in English and in Portuguese', async () => {
    const cwd = await folder({ 'rules/bad.rule.json': BAD, 'rules/hold.rule.json': HOLD });
    const pages: Record<string, string> = {};
    for (const lang of ['en', 'pt-BR']) {
      await callCli(['simulate', '--quick', '--html', 'report.html', '--lang', lang], { cwd });
      pages[lang] = await readFile(join(cwd, 'report.html'), 'utf8');
    }
    for (const [lang, page] of Object.entries(pages)) {
      expect(page).toContain(`<html lang="${lang}">`);
      expect(page).toContain('&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;');
      expect(page).not.toMatch(/<script|<link|<img|src=|href="(?!#)/);
      expect(page).not.toMatch(/undefined|\[object|\{\w+\}(?![^<]*<\/style>)/);
      expect(findUnbalanced(page)).toEqual([]);
    }
    expect(pages['en']).toContain('1 of 7 things that must hold were broken.');
    expect(pages['pt-BR']).toContain('1 de 7 coisas que precisam valer foram quebradas.');
    expect(pages['pt-BR']).toContain('Quando uma conversa fica em espera por 10 minutos');
  });

  it.each([
    [['--rules', 'nowhere'], 'there is no rules folder', 'RULES_DIR'],
    [['--rules', 'empty'], 'there is no rule in empty', 'Is it the right folder?'],
    [['--file', 'nothing.jsonl'], 'there is no file', 'docs/simulate.md'],
    [['--file', 'rules'], 'is no file', 'JSON Lines'],
    [['--file', 'empty.jsonl'], 'empty.jsonl is empty', 'One event per line'],
    [['--file', 'pretty.json'], 'no event could be read from pretty.json: line 1: it is not JSON', 'jq -c'],
    [['--lang', 'fr'], 'Allowed choices are en, pt-BR', ''],
    [['--zone', 'sao paulo'], 'Did you mean America/Sao_Paulo?', ''],
    [['--start', 'tomorrow'], 'Give a time with its offset', ''],
    [['--quick', '--html', 'no/such/folder.html'], 'the page cannot be written', 'Give a file'],
  ])('says of %j what to do, and exits with 1', async (args, message, remedy) => {
    const cwd = await folder({
      'rules/hold.rule.json': HOLD,
      'empty/readme.txt': '',
      'empty.jsonl': '\n',
      'pretty.json': '[\n  {\n    "type": "IM_Session_Status"\n  }\n]\n',
    });
    const { code, stderr } = await callCli(['simulate', ...args], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(remedy);
  });

  it('tells the faults of rules that cannot be loaded, and exits with 2', async () => {
    const cwd = await folder({ 'rules/hold.rule.json': { ...HOLD, form: '10m' } });
    const { code, stdout } = await callCli(['simulate'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('rules/hold.rule.json:1:');
    expect(stdout).toContain('nothing was simulated');
  });
});

describe('vigia simulate --file', () => {
  const page = new URL('../../docs/simulate.md', import.meta.url);
  const example = async () => /```jsonl\n([\s\S]*?)```/.exec(await readFile(page, 'utf8'))?.[1] ?? '';

  it('runs the day of docs/simulate.md: what fired, when, in the zone that is asked for', async () => {
    const cwd = await folder({ 'rules/hold.rule.json': HOLD, 'events.jsonl': await example() });
    const { code, stdout, stderr } = await callCli(
      ['simulate', '--file', 'events.jsonl', '--zone', 'America/Sao_Paulo', '--html', 'day.html', '--lang', 'pt-BR'],
      { cwd },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Events read: 3; of them repeats: 0; chats: 1.');
    expect(stdout).toContain(
      'received from 02/03/2026 10:00:00 America/Sao_Paulo to 02/03/2026 10:40:00 America/Sao_Paulo',
    );
    expect(stdout).toContain('  fired once\n  slack.alert done: 1\n');
    expect(stdout).toContain('02/03/2026 10:11:00 America/Sao_Paulo  chat s1  fired\n');
    const day = await readFile(join(cwd, 'day.html'), 'utf8');
    expect(day).toContain('Eventos lidos: 3;');
    expect(day).toContain('02/03/2026 10:11:00 America/Sao_Paulo, chat s1: disparou');
    expect(day).not.toContain('<script>');
    expect(findUnbalanced(day)).toEqual([]);
  });

  it('shows times in UTC, with its name, unless told otherwise', async () => {
    const cwd = await folder({ 'rules/hold.rule.json': HOLD, 'events.jsonl': await example() });
    const { stdout } = await callCli(['simulate', '--file', 'events.jsonl'], { cwd });
    expect(stdout).toContain('02/03/2026 13:11:00 UTC  chat s1');
  });

  it('takes arrays, repeats and late events in the order of receipt, and leaves out broken lines with their numbers', async () => {
    const status = (sessionStatus: string, at: string, sessionId = 's1') => ({
      type: 'IM_Session_Status',
      at,
      sessionId,
      sessionStatus,
      channelId: 'c1',
    });
    const lines = [
      [status('ON_HOLD', '0s'), status('ON_HOLD', '0s'), status('ON_HOLD', '1m', 's2')],
      '{ "type": ',
      { type: 'IM_Session_Status', sessionId: 's1' },
      // It left the state before its ten minutes were over, and that is heard in time; of s2 it is heard too late.
      status('ON_PROGRESS', '9m'),
      status('OPEN', '20m', 's3'),
      status('ENDED', '5m', 's2'),
      { ...status('OPEN', '365d') },
    ];
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\r\n');
    const cwd = await folder({ 'rules/hold.rule.json': HOLD, 'events.jsonl': text });
    const { code, stdout, stderr } = await callCli(['simulate', '--file', 'events.jsonl', '--json'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toBe(
      'events.jsonl:2: left out: it is not JSON\n' +
        'events.jsonl:3: left out: give either "at", counted from the start, or "time"\n' +
        'events.jsonl:7: left out: it happened more than 31 days after what came before it\n',
    );
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ ok: true, events: 6, repeats: 1, chats: 3, skipped: 3 });
    expect(report.lastAt - report.firstAt).toBe(20 * 60_000);
    expect(report.rules[0]).toMatchObject({ ruleId: 'hold', firings: 1, examples: [{ sessionId: 's2' }] });
  });

  it('runs the ticks of schedule rules too, each a firing of its own', async () => {
    const tick = {
      name: 'A queue',
      every: '1m',
      conditions: {
        all: [{ fact: 'queue', params: { status: 'OPEN' }, path: '$.count', operator: 'greaterThan', value: 0 }],
      },
      actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'Open' } }],
      steps: [{ after: '5m', actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'Still' } }] }],
    };
    const status = (sessionStatus: string, at: string) =>
      JSON.stringify({ type: 'IM_Session_Status', at, sessionId: 's1', sessionStatus });
    const text = [status('OPEN', '30s'), status('ENDED', '10m30s')].join('\n');
    const cwd = await folder({ 'rules/tick.rule.json': tick, 'events.jsonl': text });
    const { code, stdout } = await callCli(['simulate', '--file', 'events.jsonl', '--json'], { cwd });
    const { ok, rules } = JSON.parse(stdout);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    // Ten minutes, and the step after five of them.
    expect(rules[0]).toMatchObject({ firings: 11, actions: [{ type: 'slack.post', state: 'delivered', count: 11 }] });
  });

  it('exits with 2 when something that must hold was broken that day', async () => {
    const ended = {
      type: 'IM_Session_Status',
      at: '0s',
      sessionId: 's9',
      sessionStatus: 'ENDED',
      currentAssigneeId: 'b1',
      assigneeType: 'BOT',
    };
    const cwd = await folder({ 'rules/bad.rule.json': BAD, 'events.jsonl': JSON.stringify(ended) });
    const { code, stdout } = await callCli(['simulate', '--file', 'events.jsonl'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('✖ nothing is changed in Zoho Desk for a chat that is over');
    expect(stdout).toMatch(/bad × 1\n +02\/03\/2026 13:00:00 UTC {2}chat s9 {2}zoho.setSessionStatus in ENDED/);
  });
});

/** Elements that are not closed in their order; those that HTML lets stand open are left out. */
function findUnbalanced(page: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  for (const [, slash, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (['meta', 'br', 'hr', 'img', 'link'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) faults.push(name);
  }
  return [...faults, ...open];
}
