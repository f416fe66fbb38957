import { expect } from 'vitest';
import type { RuleFault } from '../../../src/domain/rule.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';

/**
 * Rule files for the checks, written as JSON texts. `▶` marks where a fault is expected; it is taken out before loading.
 */
const MARK = '▶';

/** A hold rule without faults. */
const HOLD: Record<string, string> = {
  name: '"A rule"',
  for: '"15m"',
  conditions: '{ "all": [ { "fact": "session", "path": "$.status", "operator": "equal", "value": "ON_HOLD" } ] }',
  actions: '[ { "type": "slack.post", "params": { "channel": "#ops", "text": "Chat {{ session.id }}" } } ]',
};

/** Keys of a rule as JSON texts; undefined takes a key out. */
export type Parts = Record<string, string | undefined>;

export function holdRule(parts: Parts = {}): string {
  const entries = Object.entries({ ...HOLD, ...parts }).flatMap(([key, json]) =>
    json === undefined
      ? []
      : [`  ${json.startsWith(`${MARK}key`) ? MARK : ''}"${key}": ${json.replace(`${MARK}key`, '')}`],
  );
  return `{\n${entries.join(',\n')}\n}`;
}

export function eventRule(parts: Parts = {}): string {
  return holdRule({ for: undefined, on: '["IM_Session_Status"]', ...parts });
}

/** One condition in a hold rule, or in an event rule. */
export const holdWith = (...conditions: string[]) =>
  holdRule({ conditions: `{ "all": [ ${conditions.join(', ')} ] }` });
export const eventWith = (...conditions: string[]) =>
  eventRule({ conditions: `{ "all": [ ${conditions.join(', ')} ] }` });

/** One action in a hold rule. */
export const holdDoing = (...actions: string[]) => holdRule({ actions: `[ ${actions.join(', ')} ]` });
export const eventDoing = (...actions: string[]) => eventRule({ actions: `[ ${actions.join(', ')} ]` });

export interface Found {
  faults: RuleFault[];
  /** Where the marks were: file, line, column. */
  marks: { file: string; line: number; column: number }[];
}

/** Loads texts with marks. `rule` is `r.rule.json`; other files by name. */
export function load(rule: string | undefined, others: Record<string, string> = {}): Found {
  const marked = { ...(rule !== undefined && { 'r.rule.json': rule }), ...others };
  const marks = Object.entries(marked).flatMap(([file, text]) =>
    [...text.matchAll(new RegExp(MARK, 'g'))].map((match) => {
      const before = text.slice(0, match.index).split('\n');
      return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 - sameLine(text, match.index) };
    }),
  );
  const files = new Map(Object.entries(marked).map(([file, text]) => [file, text.replaceAll(MARK, '')]));
  const loaded = loadRuleset(files);
  return { faults: loaded.ok ? loaded.warnings : loaded.faults, marks };
}

/** How many marks stand before on the same line: each shifts what follows by one. */
function sameLine(text: string, index: number): number {
  const start = text.lastIndexOf('\n', index) + 1;
  return text.slice(start, index).split(MARK).length - 1;
}

/** Exactly one fault, of this code, at the mark. */
export function expectFault(
  code: string,
  rule: string | undefined,
  others: Record<string, string> = {},
  severity: RuleFault['severity'] = 'error',
): RuleFault {
  const { faults, marks } = load(rule, others);
  expect(faults.map((fault) => ({ ...fault, message: undefined, remedy: undefined }))).toEqual(
    marks.map((mark) => ({ severity, ...mark, code, message: undefined, remedy: undefined })),
  );
  const [fault] = faults;
  if (fault === undefined) throw new Error('no mark');
  expect(fault.message).not.toBe('');
  expect(fault.remedy).toMatch(/[.?)]$/);
  return fault;
}

/** No error and no warning. */
export function expectFine(rule: string | undefined, others: Record<string, string> = {}): void {
  expect(load(rule, others).faults).toEqual([]);
}
