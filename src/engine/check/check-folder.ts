import { type DestinationName, destinationOf } from '../../domain/action.ts';
import type { Rule, RuleFault } from '../../domain/rule.ts';
import { type Finding, sortFaults, toRuleFault } from '../load/fault.ts';
import { loadRuleset } from '../load/load-ruleset.ts';
import type { Ruleset } from '../load/ruleset.ts';
import { findIdleAcceptances, leaveOutAccepted } from './accept.ts';
import { checkAcross, openSources } from './across/check-across.ts';
import { actionListsOf } from './action-list.ts';

/** A destination that the environment gives no credentials for, and the variables that it lacks. */
export interface Unconnected {
  destination: DestinationName;
  /** As people call it. */
  name: string;
  variables: readonly string[];
}

export type FolderCheck =
  | { ok: true; ruleset: Ruleset; warnings: RuleFault[] }
  /** Errors and warnings; what rules come to beside each other is not looked at before they load. */
  | { ok: false; faults: RuleFault[] };

/**
 * Everything that can be said of a rules folder without running it: what keeps it from being loaded, what is odd about each
 * rule and about them beside each other, which have no test, and what this environment cannot reach.
 * @param files name within the folder → text
 */
export function checkFolder(files: ReadonlyMap<string, string>, unconnected: readonly Unconnected[]): FolderCheck {
  const loaded = loadRuleset(files);
  if (!loaded.ok) return loaded;
  const { ruleset } = loaded;
  const sources = openSources(ruleset);
  const place = (file: string, finding: Finding): RuleFault[] => {
    const source = sources(file);
    return source === undefined ? [] : [toRuleFault(source, finding)];
  };
  const found = [
    ...checkAcross(ruleset, sources),
    ...ruleset.rules
      .filter(({ id }) => !files.has(`${id}.test.json`))
      .flatMap(({ id }) => place(fileOf(id), untested(id))),
    ...unconnected.flatMap((one) =>
      checkConnected(one, ruleset).flatMap(({ rule, finding }) => place(fileOf(rule.id), finding)),
    ),
  ];
  const { told, accepted } = leaveOutAccepted(found, loaded.acceptances);
  const warnings = [...loaded.warnings, ...told];
  const codes = (faults: readonly RuleFault[], file: string) =>
    new Set(faults.filter((fault) => fault.file === file).map(({ code }) => code));
  const idle = [...loaded.acceptances].flatMap(([file, acceptances]) =>
    findIdleAcceptances(acceptances, codes([...loaded.accepted, ...accepted], file), codes(warnings, file)).flatMap(
      (finding) => place(file, finding),
    ),
  );
  return { ok: true, ruleset, warnings: sortFaults([...warnings, ...idle]) };
}

function fileOf(id: string): string {
  return `${id}.rule.json`;
}

function untested(id: string): Finding {
  return {
    path: ['name'],
    on: 'key',
    severity: 'warning',
    code: 'no-test',
    message: 'this rule has no test',
    remedy: `Write ${id}.test.json beside it; docs/testing-rules.md shows how.`,
  };
}

/** Told once for each destination, at the first rule that is judged and needs it. */
function checkConnected(
  { destination, name, variables }: Unconnected,
  { rules }: Ruleset,
): { rule: Rule; finding: Finding }[] {
  const users = rules.flatMap((rule) => {
    const placed = rule.mode === 'live' ? actionListsOf(rule).flatMap(({ actions }) => actions) : [];
    const first = placed.find(({ action }) => destinationOf(action.type) === destination);
    return first === undefined ? [] : [{ rule, path: first.path }];
  });
  const [first] = users;
  if (first === undefined) return [];
  const who = users.length === 1 ? 'this rule needs it' : `${users.length} rules need it, this is the first`;
  const finding: Finding = {
    path: [...first.path, 'type'],
    severity: 'warning',
    code: 'not-connected',
    message: `${name} is not connected in this environment, and ${who}`,
    remedy: `Set ${variables.join(', ')} (.env.example explains them); until then such actions wait as "not connected".`,
  };
  return [{ rule: first.rule, finding }];
}
