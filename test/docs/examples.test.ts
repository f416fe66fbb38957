import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ACTION_STATES, ACTION_TYPES } from '../../src/domain/action.ts';
import { type ActionFile, directoryFileSchema, paramsSchemas, ruleFileSchema } from '../../src/domain/rule-file.ts';
import {
  ACTOR_TYPES,
  INTEGRATIONS,
  MESSAGE_STATUSES,
  MESSAGE_TYPES,
  REPLY_STATUSES,
  SESSION_STATUSES,
} from '../../src/domain/vocabulary.ts';
import { EVENT_FIELDS } from '../../src/engine/catalogue/event-fields.ts';
import { FACTS, type FactName } from '../../src/engine/catalogue/facts.ts';
import { listPaths } from '../../src/engine/catalogue/find-field.ts';
import { resultFieldsOf } from '../../src/engine/catalogue/result-fields.ts';
import { checkFolder } from '../../src/engine/check/check-folder.ts';
import { compileRuleset } from '../../src/engine/compile.ts';
import { describeRule } from '../../src/engine/describe/describe-rule.ts';
import { DECORATOR_NAMES } from '../../src/engine/operators/decorators.ts';
import { OPERATORS } from '../../src/engine/operators/operator-info.ts';
import { KEPT_FILTERS, OWN_FILTERS } from '../../src/engine/templates/filters.ts';
import { KEPT_TAGS } from '../../src/engine/templates/liquid.ts';
import { loadRulesAndTests, runTests } from '../../src/trial/run-tests.ts';

/** What the pages show works, and the page of the rule language names everything that the language has. */
function readPage(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** The ```json blocks of a page by the file that the comment before each names; a block without one fails the test. */
function examplesOf(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, file, text = ''] of page.matchAll(/(?:<!-- file: (\S+) -->\n)?```json\n([\s\S]*?)\n```/g)) {
    if (file === undefined) throw new Error(`no <!-- file: … --> stands before the block ${text.slice(0, 80)}`);
    if (files.has(file)) throw new Error(`${file} is there twice`);
    files.set(file, text);
  }
  return files;
}

describe('examples', () => {
  it.each([
    ['docs/rules.md', 6],
    ['docs/keys.md', 20],
    ['docs/cookbook.md', 40],
    ['docs/testing-rules.md', 1],
    ['docs/calendars.md', 3],
    ['README.md', 1],
  ])('those of %s load as a folder of their own, with no error and no warning', (name, atLeast) => {
    const files = examplesOf(readPage(name));
    expect(files.size).toBeGreaterThanOrEqual(atLeast);
    const loaded = checkFolder(files, []);
    const faults = loaded.ok ? loaded.warnings : loaded.faults;
    // A page shows what it is about: rules without tests, calendars without rules.
    expect(faults.filter(({ code }) => code !== 'no-test' && code !== 'unused-calendar')).toEqual([]);
    if (!loaded.ok) return;
    const rules = [...files.keys()].filter((file) => file.endsWith('.rule.json'));
    expect(compileRuleset(loaded.ruleset).rules).toHaveLength(rules.length);
  });

  it.each(['docs/rules.md', 'docs/keys.md', 'docs/cookbook.md', 'docs/testing-rules.md', 'README.md'])(
    'those of %s that are tests pass',
    async (name) => {
      const loaded = loadRulesAndTests(examplesOf(readPage(name)));
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
      const { results } = await runTests(loaded.ruleset, loaded.tests);
      expect(results.flatMap(({ result }) => (result.failure === undefined ? [] : [result]))).toEqual([]);
    },
  );

  it('each rule of docs/cookbook.md has its test, and above it what it says of itself', () => {
    const page = readPage('docs/cookbook.md');
    const files = examplesOf(page);
    // Nothing is left out of what a folder is told: each rule has a test, each condition and calendar is used.
    const checked = checkFolder(files, []);
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
    expect(checked.warnings).toEqual([]);
    const { ruleset } = checked;
    expect(ruleset.rules.length).toBeGreaterThanOrEqual(20);
    const told = [...page.matchAll(/^> (.*)$[\s\S]*?<!-- file: (\S+)\.rule\.json -->/gm)];
    expect(Object.fromEntries(told.map(([, text, id]) => [id, text]))).toEqual(
      Object.fromEntries(ruleset.rules.map((rule) => [rule.id, describeRule(rule, ruleset, 'en').join(' ')])),
    );
  });

  it('docs/keys.md has an example with a test for every key of a rule', () => {
    const files = examplesOf(readPage('docs/keys.md'));
    const tested = [...files].filter(([file]) => files.has(file.replace('.rule.', '.test.')));
    const rules = tested.flatMap(([file, text]) =>
      file.endsWith('.rule.json') ? [Object.keys(JSON.parse(text))] : [],
    );
    const { $schema: _, ...keys } = ruleFileSchema.shape;
    expect(Object.keys(keys).filter((key) => !rules.some((rule) => rule.includes(key)))).toEqual([]);
  });

  it('those of docs/rules.md use every type of action', () => {
    const text = [...examplesOf(readPage('docs/rules.md')).values()].join('\n');
    expect(ACTION_TYPES.filter((type) => !text.includes(`"type": "${type}"`))).toEqual([]);
  });
});

describe('docs/rules.md names', () => {
  const page = readPage('docs/rules.md');

  /** The text under a heading, up to the next one of its level or above. */
  function section(heading: string): string {
    const level = heading.indexOf(' ');
    const start = page.indexOf(`\n${heading}\n`);
    if (start === -1) throw new Error(`there is no "${heading}"`);
    const rest = page.slice(start + heading.length + 2);
    const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
    return end === -1 ? rest : rest.slice(0, end);
  }

  /** Of the names, those that the text does not have between backticks. */
  function missing(names: readonly string[], text: string): string[] {
    return names.filter((name) => !text.includes(`\`${name}\``));
  }

  it('every key of a rule file', () => {
    expect(missing(Object.keys(ruleFileSchema.shape), section('## Keys of a rule'))).toEqual([]);
  });

  it('every fact with every field', () => {
    for (const fact of Object.keys(FACTS) as FactName[]) {
      const text = section(`### \`${fact}\``);
      // `episode` is `hold` by another name.
      const paths = fact === 'episode' ? [] : listPaths(fact).map(([path]) => path);
      expect(missing(paths, text), fact).toEqual([]);
    }
    expect(missing(Object.keys(EVENT_FIELDS), section('### `event`'))).toEqual([]);
  });

  it('every known value of Zoho Desk', () => {
    const values = [
      SESSION_STATUSES,
      REPLY_STATUSES,
      INTEGRATIONS,
      MESSAGE_TYPES,
      MESSAGE_STATUSES,
      ACTOR_TYPES,
    ].flat();
    expect(values.filter((value) => !new RegExp(`\\b${value}\\b`).test(section('## Facts')))).toEqual([]);
  });

  it('every operator and decorator', () => {
    expect(missing([...Object.keys(OPERATORS), ...DECORATOR_NAMES], section('## Operators'))).toEqual([]);
  });

  it('every filter and tag', () => {
    const tags = KEPT_TAGS.filter((tag) => tag !== '#');
    const names = [...Object.keys(OWN_FILTERS), ...KEPT_FILTERS, ...tags];
    expect(missing(names, section('## Templates'))).toEqual([]);
  });

  it('every action with every parameter and every field of its results', () => {
    for (const type of ACTION_TYPES) {
      const text = section(`### \`${type}\``);
      const { state: _, ...results } = resultFieldsOf(type);
      expect(missing([...Object.keys(paramsSchemas[type].shape), ...Object.keys(results)], text), type).toEqual([]);
    }
  });

  it('every key of an action, and every end that it can come to', () => {
    const keys = { id: 1, type: 1, params: 1, needs: 1, onFailure: 1, onUncertain: 1 } satisfies Record<
      keyof ActionFile,
      1
    >;
    expect(missing([...Object.keys(keys), ...ACTION_STATES], section('## Actions'))).toEqual([]);
  });

  it('every section of the directory', () => {
    const directory: unknown = JSON.parse(examplesOf(page).get('directory.json') ?? '{}');
    const shown = Object.keys(z.record(z.string(), z.unknown()).parse(directory));
    expect(Object.keys(directoryFileSchema.shape).filter((key) => key !== '$schema' && !shown.includes(key))).toEqual(
      [],
    );
  });
});
