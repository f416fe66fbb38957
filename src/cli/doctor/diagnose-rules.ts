import type { ActionSpec } from '../../domain/action.ts';
import { AppError, errorText } from '../../domain/errors.ts';
import { loadRuleset } from '../../engine/load/load-ruleset.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { readRulesDir } from '../../runtime/rules-dir.ts';
import type { Reporter } from './finding.ts';

/** Whether a server would take the rules folder. */
export async function diagnoseRules(dir: string, report: Reporter): Promise<Ruleset | undefined> {
  try {
    const loaded = loadRuleset(await readRulesDir(dir));
    if (!loaded.ok) {
      const errors = loaded.faults.filter(({ severity }) => severity === 'error');
      const [first] = errors;
      const place =
        first === undefined ? '' : `; the first: ${first.file}:${first.line}:${first.column} ${first.message}`;
      report.fail(`the rules in ${dir} have ${count(errors.length, 'fault')}${place}`, `Run: vigia check ${dir}`);
      return undefined;
    }
    const { ruleset, warnings } = loaded;
    if (ruleset.rules.length === 0) report.warn(`there are no rules in ${dir}`, 'Write one: <id>.rule.json');
    else report.ok(describe(ruleset));
    if (warnings.length > 0)
      report.warn(`the rules have ${count(warnings.length, 'warning')}`, `Run: vigia check ${dir}`);
    return ruleset;
  } catch (error) {
    report.fail(errorText(error), (error instanceof AppError ? error.remedy : undefined) ?? 'Check RULES_DIR.');
    return undefined;
  }
}

function describe({ rules, hash }: Ruleset): string {
  const modes = (['live', 'shadow', 'off'] as const).flatMap((mode) => {
    const many = rules.filter((rule) => rule.mode === mode).length;
    return many === 0 ? [] : [`${many} ${mode}`];
  });
  return `${count(rules.length, 'rule')} (${modes.join(', ')}), ruleset ${hash.slice(0, 12)}`;
}

/** Every action that the rules may carry out, those of steps, of ends and of failures among them. */
export function actionsOf({ rules }: Ruleset): ActionSpec[] {
  const withFailures = (specs: readonly ActionSpec[]): ActionSpec[] =>
    specs.flatMap((spec) => [spec, ...withFailures(spec.onFailure)]);
  return rules
    .filter(({ mode }) => mode !== 'off')
    .flatMap(({ actions, steps, onResolve }) =>
      withFailures([...actions, ...steps.flatMap((step) => step.actions), ...onResolve]),
    );
}

export function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
