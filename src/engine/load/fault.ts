import type { RuleFault } from '../../domain/rule.ts';
import type { JsonPath, JsonSource } from './json-source.ts';

/** What a check found in a file: where, what, and what to do. Becomes a RuleFault when line and column are added. */
export interface Finding {
  path: JsonPath;
  /** Point at the value (default) or, for what should not be there at all, at its key. */
  on?: 'key' | 'value';
  /** Point into the text at `path`: UTF-16 units of its value. */
  offset?: number;
  code: string;
  message: string;
  remedy: string;
  /** Default `error`. */
  severity?: RuleFault['severity'];
}

/** What a finding says, without its place. */
export type FindingText = Pick<Finding, 'code' | 'message' | 'remedy' | 'severity'>;

export function toRuleFault(source: JsonSource, finding: Finding): RuleFault {
  const { path, on = 'value', offset, code, message, remedy, severity = 'error' } = finding;
  const position = offset === undefined ? source.positionOf(path, on) : source.positionInText(path, offset);
  return { severity, file: source.file, ...position, code, message, remedy };
}

/** By file, then by place: the order in which people go through them. */
export function sortFaults(faults: readonly RuleFault[]): RuleFault[] {
  return faults.toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  );
}

/** Order by UTF-16 units: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
