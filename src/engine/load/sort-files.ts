import { findNearest } from '../../domain/did-you-mean.ts';
import type { RuleFault } from '../../domain/rule.ts';
import { RULE_ID_PATTERN } from '../../domain/rule-file.ts';
import { compare } from './fault.ts';

/** The files of a rules folder by what they are. */
export interface RuleFiles {
  rules: { id: string; name: string; text: string }[];
  tests: { id: string; name: string; text: string }[];
  conditions?: string;
  directory?: string;
  calendars?: string;
}

export const CONDITIONS_FILE = 'conditions.json';
export const DIRECTORY_FILE = 'directory.json';
export const CALENDARS_FILE = 'calendars.json';

/** Of which rule a test file is: `<id>.test.json`, or `<id>.<label>.test.json` beside it; undefined for any other file. */
export function ruleOfTestFile(name: string): string | undefined {
  return /^([^/\\.]*)(?:\.[^/\\.]+)?\.test\.json$/.exec(name)?.[1];
}

/** Tells files apart by their names; what has none of the known names is told and left alone. */
export function sortFiles(files: ReadonlyMap<string, string>, faults: RuleFault[]): RuleFiles {
  const sorted: RuleFiles = { rules: [], tests: [] };
  for (const [name, text] of [...files].sort(([a], [b]) => compare(a, b))) {
    const tested = ruleOfTestFile(name);
    const [, id] = /^([^/\\]*)\.rule\.json$/.exec(name) ?? [];
    if (tested !== undefined) sorted.tests.push({ id: tested, name, text });
    else if (id !== undefined) {
      if (RULE_ID_PATTERN.test(id)) sorted.rules.push({ id, name, text });
      else faults.push(badName(name));
    } else if (name === CONDITIONS_FILE) sorted.conditions = text;
    else if (name === DIRECTORY_FILE) sorted.directory = text;
    else if (name === CALENDARS_FILE) sorted.calendars = text;
    else if (/\.(?:json|jsonc|json5)$/.test(name) && !name.endsWith('.schema.json')) faults.push(notLoaded(name));
  }
  return sorted;
}

function badName(name: string): RuleFault {
  return {
    severity: 'error',
    file: name,
    line: 1,
    column: 1,
    code: 'bad-file-name',
    message: 'the name of the file is no id of a rule',
    remedy: 'Name it <id>.rule.json, the id of small letters, digits and -, at most 64.',
  };
}

function notLoaded(name: string): RuleFault {
  const nearest = findNearest(name, [CONDITIONS_FILE, DIRECTORY_FILE, CALENDARS_FILE]);
  const remedy = /[/\\]/.test(name)
    ? 'Move it into the rules folder itself: folders within it are not read.'
    : nearest === undefined
      ? 'Name it <id>.rule.json to make it a rule, or move it elsewhere.'
      : `Did you mean "${nearest}"?`;
  return {
    severity: 'warning',
    file: name,
    line: 1,
    column: 1,
    code: 'not-loaded',
    message: 'this file is not loaded',
    remedy,
  };
}
