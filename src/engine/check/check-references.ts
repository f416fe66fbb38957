import { suggestion } from '../../domain/did-you-mean.ts';
import { type NamedConditions, namesUsed, type PlacedCondition, walk } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** References to named conditions: the name is there. */
export const checkReferences: RuleCheck = ({ file, named }) =>
  named === undefined ? [] : checkNames({ condition: file.conditions, path: ['conditions'] }, named);

/** The same within conditions.json; also, no condition leads back to itself (the engine's stack would overflow). */
export function checkNamedReferences(name: string, root: PlacedCondition, named: NamedConditions): Finding[] {
  const cycles = [...walk(root)].flatMap(({ condition, path }): Finding[] => {
    if (!('condition' in condition)) return [];
    const used = condition.condition;
    const target = named.get(used);
    if (used !== name && (target === undefined || !namesUsed(target, named).has(name))) return [];
    const message = used === name ? `"${name}" names itself` : `"${name}" names "${used}", which leads back to it`;
    const remedy = 'Take one of the references out.';
    return [{ path: [...path, 'condition'], code: 'cyclic-condition', message, remedy }];
  });
  return [...checkNames(root, named), ...cycles];
}

function checkNames(root: PlacedCondition, named: NamedConditions): Finding[] {
  return [...walk(root)].flatMap(({ condition, path }): Finding[] => {
    if (!('condition' in condition) || named.has(condition.condition)) return [];
    const name = condition.condition;
    const remedy = named.size === 0 ? 'Write it there, or its content here.' : suggestion(name, named.keys());
    const message = `conditions.json has no condition "${name}"`;
    return [{ path: [...path, 'condition'], code: 'unknown-condition', message, remedy }];
  });
}
