import { formatDuration } from '../../domain/duration.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Condition } from '../../domain/rule-file.ts';
import { isLeaf, namesUsed, walk } from '../../engine/load/condition-tree.ts';
import { type JsonPath, parseJsonSource } from '../../engine/load/json-source.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { CONDITIONS_FILE } from '../../engine/load/sort-files.ts';
import { parseOperator } from '../../engine/operators/operator-info.ts';

/** A number or bound of a rule that is left as it is when its times are varied, and where it stands. */
export interface FixedNumber {
  file: string;
  line: number;
  what: string;
}

/** Limits, hours, and comparisons with numbers and durations; those of named conditions too. */
export function findFixedNumbers(rule: Rule, ruleset: Ruleset): FixedNumber[] {
  const file = `${rule.id}.rule.json`;
  const { limit, during, clock, keepForMs, inhibitedBy, exclusive } = rule;
  const per = limit === undefined ? '' : `${limit.count} per ${limit.per} within ${formatDuration(limit.withinMs)}`;
  const named = new Map(Object.entries(ruleset.conditions));
  return [
    ...(limit === undefined ? [] : [place(ruleset, file, ['limit'], `limit: ${per}`)]),
    ...(during === undefined
      ? []
      : [place(ruleset, file, ['during'], `during: ${during.calendar}, outside: ${during.outside}, clock: ${clock}`)]),
    ...(keepForMs === 0 ? [] : [place(ruleset, file, ['keepFor'], `keepFor: ${formatDuration(keepForMs)}`)]),
    ...(inhibitedBy.length === 0
      ? []
      : [place(ruleset, file, ['inhibitedBy'], `inhibitedBy: ${inhibitedBy.join(', ')}`)]),
    ...(exclusive === undefined ? [] : [place(ruleset, file, ['exclusive'], `exclusive: ${exclusive}`)]),
    ...comparisons(ruleset, file, rule.conditions, ['conditions']),
    ...[...namesUsed(rule.conditions, named)].flatMap((name) => {
      const condition = named.get(name);
      return condition === undefined ? [] : comparisons(ruleset, CONDITIONS_FILE, condition, [name]);
    }),
  ];
}

function comparisons(ruleset: Ruleset, file: string, condition: Condition, path: JsonPath): FixedNumber[] {
  return [...walk({ condition, path })].flatMap(({ condition: part, path: at }) => {
    if (!isLeaf(part)) return [];
    const operator = parseOperator(part.operator);
    if (!operator.ok || !['number', 'number-pair', 'duration'].includes(operator.info.argument)) return [];
    const field = `${part.fact}${part.path?.replace(/^\$/, '') ?? ''}`;
    return [place(ruleset, file, [...at, 'value'], `${field} ${part.operator} ${JSON.stringify(part.value)}`)];
  });
}

function place(ruleset: Ruleset, file: string, path: JsonPath, what: string): FixedNumber {
  return { file, line: lineOf(ruleset, file, path), what };
}

/** Of a key of a file of the ruleset, which has been read before. */
export function lineOf({ files }: Pick<Ruleset, 'files'>, file: string, path: JsonPath): number {
  const parsed = parseJsonSource(file, files[file] ?? '');
  return parsed.ok ? parsed.source.positionOf(path, 'key').line : 1;
}
