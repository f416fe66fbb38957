import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCHEMA_FILES, toSchemaText } from '../../src/cli/rule-json-schemas.ts';
import { ACTION_TYPES } from '../../src/domain/action.ts';
import { CONDITION_FACTS } from '../../src/engine/catalogue/facts.ts';
import { listPaths } from '../../src/engine/catalogue/find-field.ts';
import { OPERATORS } from '../../src/engine/operators/operator-info.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

describe('vigia schema', () => {
  it('writes what is missing or out of date, and says with --check that something is', async () => {
    const cwd = await makeFolder();
    await mkdir(join(cwd, 'rules'));
    expect(await callCli(['schema', '--check'], { cwd })).toMatchObject({ code: 2 });
    expect(await callCli(['schema'], { cwd })).toMatchObject({
      code: 0,
      stdout: `Written: ${SCHEMA_FILES.join(', ')}\n`,
    });
    expect(await callCli(['schema', '--check'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'The schemas are up to date.\n',
    });
    await writeFile(join(cwd, 'rules/rule.schema.json'), '{}');
    expect(await callCli(['schema', '--check', '--json'], { cwd })).toMatchObject({ code: 2 });
    expect(await readFile(join(cwd, 'rules/rule.schema.json'), 'utf8')).toBe('{}');
  });

  it('could not run in a folder that is not there', async () => {
    expect(await callCli(['schema', 'nowhere'], { cwd: await makeFolder() })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('the schemas', () => {
  it.each(SCHEMA_FILES)('%s is JSON, and each of its references leads somewhere', (name) => {
    const text = toSchemaText(name);
    const schema = JSON.parse(text);
    const references = [...text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g)].map((match) => match[1] ?? '');
    for (const reference of references) expect(schema.$defs).toHaveProperty([reference]);
  });

  it('complete every action, fact, path and operator', () => {
    const text = toSchemaText('rule.schema.json');
    const known = [
      ...ACTION_TYPES,
      ...CONDITION_FACTS,
      ...CONDITION_FACTS.flatMap((fact) => listPaths(fact).map(([path]) => `$.${path}`)),
      ...Object.keys(OPERATORS),
    ];
    for (const name of known) expect(text).toContain(`"${name}"`);
  });
});
