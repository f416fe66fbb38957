import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const GOOD = `{
  "name": "A rule",
  "for": "15m",
  "conditions": { "all": [{ "fact": "session", "path": "$.status", "operator": "equal", "value": "ON_HOLD" }] },
  "actions": [{ "type": "slack.post", "params": { "channel": "#ops", "text": "Chat {{ session.id }}" } }]
}
`;

describe('vigia check', () => {
  it('says that a good folder is good, and which ruleset it is', async () => {
    const cwd = await makeFolder({
      'rules/a.rule.json': GOOD,
      'rules/a.test.json': '{}',
      'rules/b.rule.json': GOOD.replace('15m', '20m'),
      'rules/b.test.json': '{}',
    });
    const { code, stdout, stderr } = await callCli(['check'], { cwd, env: { SLACK_BOT_TOKEN: 'x' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^✔ 2 rules, no faults\. Ruleset [0-9a-f]{12}\n$/);
  });

  it('shows each fault with its place, its line, a caret below it and what to do', async () => {
    const cwd = await makeFolder({
      'rules/a.rule.json': GOOD.replace('$.status', '$.statu').replace('"15m"', '"15 m"'),
    });
    const bad = await callCli(['check'], { cwd });
    expect(bad.code).toBe(2);
    expect(bad.stdout).toBe(
      [
        'rules/a.rule.json:3:10: error: "15 m" is not a duration such as 90s, 15m or 1h30m [bad-value]',
        '  3 |   "for": "15 m",',
        '    |          ^',
        '  Write whole numbers with d, h, m, s, the largest unit first, without blanks.',
        '',
        '✖ 1 error in 1 rule: nothing would be loaded.',
        '',
      ].join('\n'),
    );
    await writeFile(join(cwd, 'rules/a.rule.json'), GOOD.replace('$.status', '$.statu'));
    const { stdout } = await callCli(['check'], { cwd });
    expect(stdout).toContain('rules/a.rule.json:4:56: error: there is no session.statu [unknown-path]');
    expect(stdout).toContain('Did you mean "status"?');
  });

  it('a warning does not fail it', async () => {
    const cwd = await makeFolder({
      'rules/a.rule.json': GOOD.replace('ON_HOLD', 'ONHOLD'),
      'rules/a.test.json': '{}',
    });
    const { code, stdout } = await callCli(['check', '--no-environment'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('warning: "ONHOLD" is not among the known values [unknown-value]');
    expect(stdout).toMatch(/✔ 1 warning in 1 rule\. Ruleset [0-9a-f]{12}\n$/);
    expect((await callCli(['check', '--no-environment', '--strict'], { cwd })).code).toBe(2);
  });

  it('is coloured on a terminal only', async () => {
    const cwd = await makeFolder({ 'rules/a.rule.json': '{' });
    const coded = String.fromCharCode(27);
    expect((await callCli(['check'], { cwd })).stdout).not.toContain(coded);
    expect((await callCli(['check'], { cwd, isTTY: true })).stdout).toContain(`${coded}[31merror`);
    expect((await callCli(['check'], { cwd, isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(coded);
  });

  it('cuts a long line around the fault and keeps the caret below it, tabs or not', async () => {
    const long = `{\t"name": "${'x'.repeat(190)}", "nam": 1 }`;
    const cwd = await makeFolder({ 'rules/a.rule.json': long });
    const { stdout } = await callCli(['check'], { cwd });
    const lines = stdout.split('\n');
    const at = lines.findIndex((line) => line.includes('unknown key "nam"'));
    const [shown = '', caret = ''] = lines.slice(at + 1, at + 3);
    expect(shown.length).toBeLessThan(120);
    expect(shown.slice(caret.indexOf('^'))).toMatch(/^"nam": 1/);
  });

  it('prints JSON for programs', async () => {
    const cwd = await makeFolder({ 'elsewhere/a.rule.json': GOOD.replace('equal', 'equals') });
    const bad = await callCli(['check', 'elsewhere', '--json'], { cwd });
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.stdout)).toEqual({
      ok: false,
      rules: 1,
      faults: [
        {
          severity: 'error',
          file: 'a.rule.json',
          line: 4,
          column: 80,
          code: 'unknown-operator',
          message: 'there is no operator "equals"',
          remedy: 'Did you mean "equal"?',
        },
      ],
    });
    await writeFile(join(cwd, 'elsewhere/a.rule.json'), GOOD);
    await writeFile(join(cwd, 'elsewhere/a.test.json'), '{}');
    const good = await callCli(['check', 'elsewhere', '--json', '--no-environment'], { cwd });
    expect(JSON.parse(good.stdout)).toEqual({
      ok: true,
      rules: 1,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      faults: [],
    });
  });

  it('tells what this environment cannot reach, by the variables that are missing', async () => {
    const assign = '{ "type": "zoho.assignSession", "params": { "agentId": "1" } }';
    const cwd = await makeFolder({ 'rules/a.rule.json': GOOD.replace('"actions": [', `"actions": [${assign}, `) });
    const told = async (env: Record<string, string>) => {
      const { code, stdout } = await callCli(['check', '--json'], { cwd, env });
      const faults: { code: string; remedy: string }[] = JSON.parse(stdout).faults;
      return [
        code,
        ...faults.flatMap((fault) => (fault.code === 'not-connected' ? [fault.remedy.split(' (')[0]] : [])),
      ];
    };
    expect(await told({ ZOHO_ORG_ID: '1', ZOHO_CLIENT_ID: 'a', ZOHO_CLIENT_SECRET: '' })).toEqual([
      0,
      'Set ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN',
      'Set SLACK_BOT_TOKEN',
    ]);
    const zoho = { ZOHO_ORG_ID: '1', ZOHO_CLIENT_ID: 'a', ZOHO_CLIENT_SECRET: 'b', ZOHO_REFRESH_TOKEN: 'c' };
    expect(await told({ ...zoho, SLACK_BOT_TOKEN: 'x' })).toEqual([0]);
  });

  it('prints annotations for GitHub, escaped, and nothing else', async () => {
    const cwd = await makeFolder({ 'a,b/a.rule.json': GOOD.replace('ON_HOLD', '100%\\nHOLD') });
    const { code, stdout } = await callCli(['check', 'a,b', '--format', 'github', '--no-environment'], { cwd });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      '::warning file=a%2Cb/a.rule.json,line=2,col=3,title=no-test::this rule has no test%0AWrite a.test.json beside it; docs/testing-rules.md shows how.',
      expect.stringMatching(
        /^::warning file=a%2Cb\/a\.rule\.json,line=4,col=\d+,title=unknown-value::"100%25%0AHOLD" is not/,
      ),
    ]);
  });

  it('prints SARIF for code scanning', async () => {
    const cwd = await makeFolder({ 'my rules/a.rule.json': GOOD.replace('"15m"', '"15 m"') });
    const { code, stdout } = await callCli(['check', 'my rules', '--format', 'sarif'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'vigia check', rules: [{ id: 'bad-value' }] } },
          results: [
            {
              ruleId: 'bad-value',
              ruleIndex: 0,
              level: 'error',
              message: { text: expect.stringContaining('is not a duration') },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'my%20rules/a.rule.json' },
                    region: { startLine: 3, startColumn: 10 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('refuses formats that it does not have, and two at once', async () => {
    const cwd = await makeFolder({ 'rules/a.rule.json': GOOD });
    const unknown = await callCli(['check', '--format', 'xml'], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('Allowed choices are pretty, json, sarif, github');
    expect(await callCli(['check', '--format', 'sarif', '--json'], { cwd })).toMatchObject({ code: 1, stdout: '' });
  });

  it('takes the folder from RULES_DIR', async () => {
    const cwd = await makeFolder({ 'mine/a.rule.json': GOOD });
    expect((await callCli(['check'], { cwd, env: { RULES_DIR: 'mine' } })).code).toBe(0);
  });

  it('could not run where there is no folder, or no rule in it', async () => {
    const cwd = await makeFolder({ 'empty/README.md': '' });
    const missing = await callCli(['check', 'nowhere'], { cwd });
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('there is no rules folder');
    const empty = await callCli(['check', 'empty'], { cwd });
    expect(empty).toMatchObject({ code: 1, stdout: '' });
    expect(empty.stderr).toContain('there is no rule in empty');
  });

  it('tells of rules in folders within the folder, and reads nothing that is hidden', async () => {
    const cwd = await makeFolder({
      'rules/a.rule.json': GOOD,
      'rules/archive/b.rule.json': GOOD,
      'rules/.cache/c.rule.json': '{',
      'rules/.d.rule.json': '{',
    });
    const { code, stdout } = await callCli(['check', '--json', '--no-environment'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).faults).toMatchObject([
      { code: 'no-test' },
      { file: 'archive/b.rule.json', code: 'not-loaded' },
    ]);
  });

  it('refuses a huge file without reading all of it', async () => {
    const cwd = await makeFolder({ 'rules/a.rule.json': ' '.repeat(3_000_000) });
    const { code, stdout } = await callCli(['check', '--json'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout).faults).toMatchObject([{ file: 'a.rule.json', line: 1, code: 'file-too-large' }]);
  });
});
