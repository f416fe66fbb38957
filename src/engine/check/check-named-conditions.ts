import { CONDITION_NAME_PATTERN } from '../../domain/rule-file.ts';
import { type NamedConditions, walk } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import { checkNamedAbsence } from './check-absence.ts';
import { checkNamedShape } from './check-condition-shape.ts';
import { checkLeaf } from './check-leaf.ts';
import { checkNamedReferences } from './check-references.ts';

/** conditions.json: each condition by itself. Whether it fits a rule that uses it is checked with that rule. */
export function checkNamedConditions(named: NamedConditions): Finding[] {
  return [...named].flatMap(([name, condition]) => {
    const root = { condition, path: [name] };
    return [
      ...checkName(name),
      ...checkNamedShape(root),
      ...checkNamedReferences(name, root, named),
      ...[...walk(root)].flatMap(({ condition: leaf, path }) =>
        'fact' in leaf ? checkLeaf(leaf, path, undefined) : [],
      ),
      ...checkNamedAbsence(root, named),
    ];
  });
}

function checkName(name: string): Finding[] {
  if (CONDITION_NAME_PATTERN.test(name)) return [];
  const message = `"${name}" is no name of a condition`;
  const remedy = 'Begin with a letter; go on with letters, digits, _ or -, at most 64.';
  return [{ path: [name], on: 'key', code: 'bad-name', message, remedy }];
}
