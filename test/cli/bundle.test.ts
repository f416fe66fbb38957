import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { readDashboardAssets } from '../../src/runtime/dashboard-assets.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const RULE = `// Why: “quoted”, back\\slash \u2028
{
  "name": "Record",
  "on": ["IM_Session_Status"],
  "conditions": { "all": [{ "fact": "transition", "operator": "changedTo", "value": "ENDED" }] },
  "actions": [{ "type": "record", "params": { "dataset": "ended", "fields": { "session": "{{ session.id }}" } } }]
}`;

it('vigia bundle writes a module with every rule as it is written, and the files of the pages', async () => {
  const cwd = await makeFolder({ 'rules/a.rule.json': RULE });
  const result = await callCli(['bundle', '--out', 'out/bundle.mjs'], { cwd });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const bundle: unknown = await import(pathToFileURL(join(cwd, 'out', 'bundle.mjs')).href);
  expect(bundle).toMatchObject({
    RULES: [['a.rule.json', await readFile(join(cwd, 'rules', 'a.rule.json'), 'utf8')]],
    ASSETS: await readDashboardAssets(),
  });
});

it('vigia bundle tells the faults of rules with their places, and writes nothing', async () => {
  const cwd = await makeFolder({ 'rules/a.rule.json': '{ "name": "a", "for": "soon" }' });
  const { code, stdout } = await callCli(['bundle', '--out', 'bundle.mjs'], { cwd });
  expect(code).toBe(2);
  expect(stdout).toContain('a.rule.json:1:');
  await expect(access(join(cwd, 'bundle.mjs'))).rejects.toThrow();
});
