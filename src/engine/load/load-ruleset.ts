import { emptyDirectory } from '../../domain/directory.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { Directory, Rule, RuleFault } from '../../domain/rule.ts';
import { conditionsFileSchema, directoryFileSchema, type RuleFile, ruleFileSchema } from '../../domain/rule-file.ts';
import { type Acceptances, leaveOutAccepted } from '../check/accept.ts';
import { checkNamedClockCalendars } from '../check/check-clock-calendars.ts';
import { checkDirectory } from '../check/check-directory.ts';
import { checkInhibitions } from '../check/check-inhibitions.ts';
import { checkNamedConditions } from '../check/check-named-conditions.ts';
import { checkRule } from '../check/check-rule.ts';
import { triggerOf } from '../check/rule-under-check.ts';
import { buildDirectory } from './build-directory.ts';
import { buildRule, contentOf, ruleContentOf } from './build-rule.ts';
import type { NamedConditions } from './condition-tree.ts';
import { compare, type Finding, sortFaults, toRuleFault } from './fault.ts';
import { parseJsonSource } from './json-source.ts';
import { buildCalendars, type LoadedCalendars, loadCalendars } from './load-calendars.ts';
import { type LoadedFile, loadFile } from './load-file.ts';
import type { Ruleset } from './ruleset.ts';
import { CALENDARS_FILE, CONDITIONS_FILE, DIRECTORY_FILE, type RuleFiles, sortFiles } from './sort-files.ts';

export type LoadResult =
  | {
      ok: true;
      ruleset: Ruleset;
      warnings: RuleFault[];
      /** By file, what its rule accepts; and the warnings that it accepted thereby. */
      acceptances: ReadonlyMap<string, Acceptances>;
      accepted: RuleFault[];
    }
  /** Errors, and the warnings beside them, in the order of files and places. */
  | { ok: false; faults: RuleFault[] };

/**
 * Loads a rules folder, all of it or nothing: one error anywhere and there is no ruleset. Pure: the same texts give the
 * same ruleset with the same hash, whatever their comments and formatting.
 * @param files name within the folder → text
 */
export function loadRuleset(files: ReadonlyMap<string, string>): LoadResult {
  const faults: RuleFault[] = [];
  const sorted = sortFiles(files, faults);
  const directory = loadDirectory(sorted, faults);
  const calendars = loadCalendars(sorted.calendars, faults);
  const conditions = loadConditions(sorted, calendars, faults);
  const rules = sorted.rules.flatMap(({ id, name, text }) => {
    const loaded = loadFile(name, text, ruleFileSchema, faults);
    return loaded === undefined ? [] : [{ id, ...loaded }];
  });
  const byId = new Map(rules.map(({ id, file }) => [id, file]));
  const unread = new Set(sorted.rules.flatMap(({ id }) => (byId.has(id) ? [] : [id])));
  for (const { id, file, source } of rules) {
    const findings = checkRule({
      file,
      trigger: triggerOf(file),
      named: conditions?.named,
      directory: directory?.directory,
      calendars: calendars?.files,
    });
    findings.push(...checkInhibitions({ id, file }, byId, unread));
    faults.push(...findings.map((finding) => toRuleFault(source, finding)));
  }
  checkTests(sorted, faults);
  const faulty = faults.some(({ severity }) => severity === 'error');
  if (faulty || conditions === undefined || directory === undefined || calendars === undefined)
    return { ok: false, faults: sortFaults(faults) };
  const ruleset = buildRuleset(sorted, rules, conditions, directory, calendars);
  const acceptances = new Map(
    rules.flatMap(({ file, source }): [string, Acceptances][] =>
      file.accept === undefined ? [] : [[source.file, file.accept]],
    ),
  );
  const { told, accepted } = leaveOutAccepted(faults, acceptances);
  return { ok: true, ruleset, warnings: sortFaults(told), acceptances, accepted };
}

interface LoadedRule extends LoadedFile<RuleFile> {
  id: string;
}

interface LoadedConditions {
  named: NamedConditions;
  content: JsonObject;
}

interface LoadedDirectory {
  directory: Directory;
  content: JsonObject;
}

function loadDirectory({ directory: text }: RuleFiles, faults: RuleFault[]): LoadedDirectory | undefined {
  if (text === undefined) return { directory: emptyDirectory(), content: {} };
  const loaded = loadFile(DIRECTORY_FILE, text, directoryFileSchema, faults);
  if (loaded === undefined) return undefined;
  push(faults, loaded, checkDirectory(loaded.file));
  return { directory: buildDirectory(loaded.file), content: contentOf(loaded.source.value) };
}

function loadConditions(
  { conditions: text }: RuleFiles,
  calendars: LoadedCalendars | undefined,
  faults: RuleFault[],
): LoadedConditions | undefined {
  if (text === undefined) return { named: new Map(), content: {} };
  const loaded = loadFile(CONDITIONS_FILE, text, conditionsFileSchema, faults);
  if (loaded === undefined) return undefined;
  const { $schema: _, ...conditions } = loaded.file;
  const named: NamedConditions = new Map(Object.entries(conditions));
  push(faults, loaded, [...checkNamedConditions(named), ...checkNamedClockCalendars(named, calendars?.files)]);
  return { named, content: contentOf(loaded.source.value) };
}

function push(faults: RuleFault[], { source }: LoadedFile<object>, findings: readonly Finding[]): void {
  faults.push(...findings.map((finding) => toRuleFault(source, finding)));
}

/** The tests of rules are run by `vigia test`; here they only have to be JSON, and about a rule that is there. */
function checkTests({ rules, tests }: RuleFiles, faults: RuleFault[]): void {
  const ids = new Set(rules.map(({ id }) => id));
  for (const { id, name, text } of tests) {
    const parsed = parseJsonSource(name, text);
    if (!parsed.ok) faults.push(...parsed.faults);
    else if (!ids.has(id)) {
      faults.push({
        severity: 'warning',
        file: name,
        line: 1,
        column: 1,
        code: 'test-without-rule',
        message: `there is no rule "${id}" for these tests`,
        remedy: `Write ${id}.rule.json, or remove this file.`,
      });
    }
  }
}

function buildRuleset(
  sorted: RuleFiles,
  loaded: readonly LoadedRule[],
  conditions: LoadedConditions,
  directory: LoadedDirectory,
  calendars: LoadedCalendars,
): Ruleset {
  const contents = Object.fromEntries(loaded.map(({ id, source }) => [id, ruleContentOf(source.value)]));
  const shared = { named: conditions.named, calendars: calendars.content };
  const rules: Rule[] = loaded
    .map(({ id, file, source }) => buildRule(id, file, ruleContentOf(source.value), shared))
    .sort((a, b) => compare(a.id, b.id));
  return {
    hash: sha256Hex(
      canonicalJson({
        rules: contents,
        conditions: conditions.content,
        directory: directory.content,
        calendars: calendars.content,
      }),
    ),
    rules,
    conditions: Object.fromEntries(conditions.named),
    directory: directory.directory,
    calendars: buildCalendars(calendars),
    files: textsOf(sorted),
  };
}

function textsOf({ rules, conditions, directory, calendars }: RuleFiles): Record<string, string> {
  return {
    ...Object.fromEntries(rules.map(({ name, text }) => [name, text])),
    ...(conditions !== undefined && { [CONDITIONS_FILE]: conditions }),
    ...(directory !== undefined && { [DIRECTORY_FILE]: directory }),
    ...(calendars !== undefined && { [CALENDARS_FILE]: calendars }),
  };
}
