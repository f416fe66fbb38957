import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const RULE = `{
  "name": "Tell of chats on hold",
  "for": "15m",
  "conditions": {
    "all": [
      { "fact": "session", "path": "$.status", "operator": "equal", "value": "ON_HOLD" },
      { "fact": "session", "path": "$.messagesIn", "operator": "greaterThan", "value": 0 }
    ]
  },
  "actions": [{ "type": "slack.post", "params": { "channel": "#ops", "text": "Chat {{ session.id }}" } }],
  "steps": [{ "after": "10m", "actions": [{ "type": "slack.post", "params": { "channel": "#leads", "text": "Still" } }] }]
}
`;

const HELD = '{ "type": "IM_Session_Status", "sessionId": "s1", "sessionStatus": "ON_HOLD" }';
const SAID =
  '{ "type": "IM_Message_Add", "id": "m1", "sessionId": "s1", "direction": "IN", "actor": { "type": "ENDUSER" } }';

function testFile(...steps: string[]): string {
  return `{
  "tests": [
    {
      "name": "fifteen minutes on hold",
      "steps": [
        ${steps.join(',\n        ')}
      ]
    }
  ]
}
`;
}

const GOOD = testFile(
  `{ "at": "0s", "events": [${SAID}, ${HELD}] }`,
  '{ "at": "14m59s", "expect": [] }',
  '{ "at": "15m", "expect": [{ "type": "slack.post", "params": { "channel": "#ops" } }] }',
);
const BAD = GOOD.replace('"channel": "#ops"', '"channel": "#all"');

describe('vigia test', () => {
  it('runs every test of the folder, and says which passed', async () => {
    const cwd = await makeFolder({ 'rules/on-hold.rule.json': RULE, 'rules/on-hold.test.json': GOOD });
    const { code, stdout, stderr } = await callCli(['test'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('✔ on-hold: fifteen minutes on hold\n✔ 1 passed, 0 failed\n');
  });

  it('shows of a test that fails the place, the difference, what happened and how the conditions stood', async () => {
    const cwd = await makeFolder({ 'rules/on-hold.rule.json': RULE, 'rules/on-hold.test.json': BAD });
    const { code, stdout } = await callCli(['test'], { cwd });
    expect(code).toBe(2);
    const lines = stdout.split('\n');
    const row = BAD.split('\n').findIndex((line) => line.includes('#all'));
    const column = (BAD.split('\n')[row] ?? '').indexOf('"expect"');
    expect(lines[1]).toBe(`  rules/on-hold.test.json:${row + 1}:${column + 1} at 15m`);
    expect(stdout).toContain('expected, and not done:');
    expect(stdout).toContain('params.channel: expected "#all", it was "#ops"');
    expect(stdout).toMatch(/0s +event +IM_Session_Status s1 \? → ON_HOLD/);
    expect(stdout).toMatch(/15m +fired +on-hold s1: the conditions have held for 15m/);
    expect(stdout).toContain('✔ session.status equal "ON_HOLD" it was "ON_HOLD"');
    expect(lines.at(-2)).toBe('✖ 0 passed, 1 failed');
  });

  it('takes files and ids of rules, and a part of the name', async () => {
    const cwd = await makeFolder({
      'rules/a.rule.json': RULE,
      'rules/a.test.json': GOOD,
      'rules/b.rule.json': RULE,
      'rules/b.test.json': GOOD.replace('fifteen', 'quinze'),
    });
    expect((await callCli(['test', 'rules/b.test.json'], { cwd })).stdout).toMatch(/^✔ b: quinze[^✔]*✔ 1 passed/);
    expect((await callCli(['test', 'a'], { cwd })).stdout).toMatch(/^✔ a: fifteen[^✔]*✔ 1 passed/);
    expect((await callCli(['test', '--name', 'QUINZE'], { cwd })).stdout).toMatch(/^✔ b: quinze[^✔]*✔ 1 passed/);
  });

  it('tells what no test has seen, and fails below the wanted share', async () => {
    const cwd = await makeFolder({ 'rules/on-hold.rule.json': RULE, 'rules/on-hold.test.json': GOOD });
    const seen = await callCli(['test', '--coverage'], { cwd });
    expect(seen.code).toBe(0);
    expect(seen.stdout).toContain('never: steps[0]\n');
    expect(seen.stdout).toContain('never: steps[0].actions[0]');
    expect(seen.stdout).not.toContain('conditions.all[0] is');
    expect((await callCli(['test', '--min-coverage', '90'], { cwd })).code).toBe(2);
    expect((await callCli(['test', '--min-coverage', '50'], { cwd })).code).toBe(0);
    const wrong = await callCli(['test', '--min-coverage', 'much'], { cwd });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('from 0 to 100');
  });

  it('changes the rule bit by bit, and names the changes that no test notices', async () => {
    const cwd = await makeFolder({ 'rules/on-hold.rule.json': RULE, 'rules/on-hold.test.json': GOOD });
    const { code, stdout } = await callCli(['test', '--mutate'], { cwd });
    expect(code).toBe(2);
    const row = RULE.split('\n').findIndex((line) => line.includes('"steps"')) + 1;
    expect(stdout).toMatch(new RegExp(`^rules/on-hold\\.rule\\.json:${row}:\\d+ "10m" → "9m": no test notices$`, 'm'));
    expect(stdout).not.toContain('"15m" →');
    expect(stdout).not.toContain('"equal" →');
    const whole = GOOD.replace(
      '\n      ]',
      `,
        { "at": "24m59s", "expect": [] },
        { "at": "25m", "expect": [{ "type": "slack.post", "params": { "channel": "#leads" } }] },
        { "at": "26m", "event": ${HELD.replace('s1', 's2')} },
        { "at": "26m", "events": [${SAID.replace('s1', 's3').replace('m1', 'm3')}, ${HELD.replace('s1', 's3').replace('ON_HOLD', 'OPEN')}] },
        { "at": "1h", "expect": [] }
      ]`,
    );
    await writeFile(join(cwd, 'rules/on-hold.test.json'), whole);
    const noticed = await callCli(['test', '--mutate'], { cwd });
    expect(noticed.stdout).toMatch(/✔ (\d+) of \1 changes of the rules were noticed/);
    expect(noticed.code).toBe(0);
  });

  it('prints JSON with the place of each failure, and writes JUnit XML that keeps its shape', async () => {
    const cwd = await makeFolder({
      'rules/on-hold.rule.json': RULE,
      'rules/on-hold.test.json': BAD.replace('fifteen minutes', 'a <b> & \\"c\\" \\u0007'),
    });
    const { code, stdout } = await callCli(['test', '--json', '--junit', 'report.xml'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      passed: 0,
      failed: 1,
      tests: [{ rule: 'on-hold', file: 'on-hold.test.json', ok: false, failure: { step: 2, at: '15m' } }],
      coverage: { rules: [{ ruleId: 'on-hold' }] },
    });
    const xml = await readFile(join(cwd, 'report.xml'), 'utf8');
    expect(xml).toContain('<testsuite name="on-hold" tests="1" failures="1">');
    expect(xml).toContain('name="a &lt;b&gt; &amp; &quot;c&quot; \uFFFD on hold"');
    expect(xml.match(/<(?!\/|\?|testsuites|testsuite |testcase |failure )/g)).toBeNull();
  });

  it.each([
    ['no folder', {}, ['test'], 1, /no rules folder/],
    ['no tests', { 'rules/a.rule.json': RULE }, ['test'], 1, /there are no tests in rules[\s\S]*<id>\.test\.json/],
    [
      'an unknown rule',
      { 'rules/a.rule.json': RULE, 'rules/a.test.json': GOOD },
      ['test', 'b'],
      1,
      /rule "b"[\s\S]*b\.test\.json/,
    ],
    [
      'a name that no test has',
      { 'rules/a.rule.json': RULE, 'rules/a.test.json': GOOD },
      ['test', '--name', 'x!'],
      1,
      /no test has "x!"/,
    ],
    [
      'broken JSON',
      { 'rules/a.rule.json': RULE, 'rules/a.test.json': '{ "tests": [' },
      ['test'],
      2,
      /rules\/a\.test\.json:1:\d+/,
    ],
    [
      'an unknown key',
      { 'rules/a.rule.json': RULE, 'rules/a.test.json': GOOD.replace('"expect"', '"expects"') },
      ['test'],
      2,
      /a\.test\.json:\d+:\d+: error: .*expects[\s\S]*Did you mean "expect"/,
    ],
    [
      'a faulty rule',
      { 'rules/a.rule.json': RULE.replace('15m', '15'), 'rules/a.test.json': GOOD },
      ['test'],
      2,
      /a\.rule\.json:3:10/,
    ],
    [
      'tests without a rule',
      { 'rules/a.rule.json': RULE, 'rules/b.test.json': GOOD },
      ['test'],
      2,
      /there is no rule "b" for these tests/,
    ],
    [
      'a step that is no event',
      {
        'rules/a.rule.json': RULE,
        'rules/a.test.json': testFile('{ "at": "0s", "event": { "type": "IM_Session_Status" } }'),
      },
      ['test'],
      2,
      /this is no event: payload\.sessionId is missing/,
    ],
    [
      'a report that cannot be written',
      { 'rules/a.rule.json': RULE, 'rules/a.test.json': GOOD },
      ['test', '--junit', 'no/such/report.xml'],
      1,
      /cannot be written/,
    ],
  ])('%s: says what to do', async (_, files, args, wanted, message) => {
    const cwd = await makeFolder(files);
    const { code, stdout, stderr } = await callCli(args, { cwd });
    expect(`${stdout}${stderr}`).toMatch(message);
    expect(code).toBe(wanted);
  });
});
