import { formatDuration } from '../../../domain/duration.ts';
import type { Invariant } from '../../../trial/simulation/invariants/finding.ts';
import type {
  ActingRule,
  RuleReport,
  SimulationReport,
  StatusReport,
  Violation,
} from '../../../trial/simulation/report.ts';
import type { Colour } from '../../style.ts';
import { en } from './en.ts';
import { formatTestFile } from './format-test.ts';
import { extentOf, groupRows } from './group-rows.ts';

/** A simulation for the terminal, 80 columns wide. */
export type Style = (colour: Colour, text: string) => string;

const LABEL = 13;
const COLUMN = 8;

export function formatSimulation(report: SimulationReport, tookMs: number, style: Style): string {
  const { cases, runs, stayMs } = report;
  const lines = [
    ...report.rules.flatMap((rule) => formatRule(rule, style)),
    style('bold', 'What happens in each status'),
    ...report.statuses.flatMap((status) => formatStatus(status, style)),
    ...formatUnhandled(report.statuses),
    '',
    style('bold', 'What must hold, whatever happens to a chat'),
    ...report.invariants.flatMap(({ invariant, violations }) => formatInvariant(invariant, violations, style)),
    ...report.tooSlow.map(({ ruleId, needsMs }) => {
      const needs = needsMs === undefined ? 'more open time than its calendar ever has' : formatDuration(needsMs);
      return `${style('yellow', '!')} ${ruleId} needs ${needs}; a simulated chat stays ${formatDuration(stayMs)}: its last steps were not seen`;
    }),
    `${cases} chats, ${runs} timelines, in ${(tookMs / 1_000).toFixed(1)} s`,
  ];
  return `${lines.join('\n')}\n`;
}

function formatRule({ ruleId, name, mode, kind, tried, cells }: RuleReport, style: Style): string[] {
  const title = `${style('bold', ruleId)}  ${name}${mode === 'live' ? '' : ` (${mode})`}`;
  if (!tried) return [title, `  ${notTried(mode, kind)}`, ''];
  if (cells.every(({ acted }) => acted === 0)) {
    return [title, '  acts in none of the simulated chats: a test of its own can show when it does', ''];
  }
  const statuses = [...new Set(cells.map(({ to }) => to))];
  const head = `  ${'from \\ to'.padEnd(LABEL)}${statuses.map((status) => cut(status, COLUMN - 1).padStart(COLUMN)).join('')}`;
  const rows = groupRows(cells, extentOf).map((row) => {
    const label = row.from.length === statuses.length ? 'any' : toLabel(row.from, statuses);
    const texts = row.cells.map((cell) => {
      const extent = extentOf(cell);
      const text = (extent === 'none' ? '-' : extent).padStart(COLUMN);
      return extent === 'none' ? style('dim', text) : extent === 'all' ? style('bold', text) : text;
    });
    return `  ${label.padEnd(LABEL)}${texts.join('')}`;
  });
  return [title, style('dim', head), ...rows, ''];
}

function notTried(mode: RuleReport['mode'], kind: RuleReport['kind']): string {
  if (mode === 'off') return 'off: not tried';
  return kind === 'schedule' ? 'goes by the clock, not by a chat: try it with vigia test, or with --file' : 'not tried';
}

function toLabel(from: readonly string[], all: readonly string[]): string {
  const [first = ''] = from;
  if (from.length === 1) return cut(first, LABEL - 1);
  const missing = all.filter((status) => !from.includes(status));
  const [other = ''] = missing;
  return missing.length === 1 ? cut(`not ${other}`, LABEL - 1) : cut(`${first} +${from.length - 1}`, LABEL - 1);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function formatStatus({ status, rules, known }: StatusReport, style: Style): string[] {
  const title = `  ${style('bold', status)}${known ? '' : ' (a value that nobody knows yet)'}`;
  return [title, ...(rules.length === 0 ? ['    no rule acts'] : rules.map((rule) => `    ${formatActing(rule)}`))];
}

function formatActing({ ruleId, shadow, afterMs, assignees, replies }: ActingRule): string {
  return [
    ruleId,
    afterMs === undefined ? ', at once' : `, after ${formatDuration(afterMs)}`,
    assignees === undefined ? '' : `; assignee ${assignees.join(' or ')}`,
    replies === undefined ? '' : `; reply status ${few(replies)}`,
    shadow ? ' (shadow: it would)' : '',
  ].join('');
}

function few(values: readonly string[]): string {
  const [first, second, ...rest] = values;
  if (rest.length === 0) return values.join(' or ');
  return `${first}, ${second} or ${rest.length === 1 ? rest[0] : `${rest.length} more`}`;
}

function formatUnhandled(statuses: readonly StatusReport[]): string[] {
  const inState = (handling: StatusReport['handling']) =>
    statuses.filter((one) => one.handling === handling).map(({ status }) => status);
  const [noted, nothing] = [inState('noted'), inState('nothing')];
  return [
    ...(noted.length === 0 ? [] : [`  only counted or recorded: ${noted.join(', ')}`]),
    ...(nothing.length === 0 ? [] : [`  no rule acts in: ${nothing.join(', ')}`]),
  ];
}

export function formatInvariant(invariant: Invariant, violations: readonly Violation[], style: Style): string[] {
  if (violations.length === 0) return [`${style('green', '✔')} ${en.invariants[invariant]}`];
  return [
    `${style('red', '✖')} ${en.invariants[invariant]}`,
    ...violations.flatMap(({ ruleId, detail, count, example: { from, to, reply, assignee }, test }) => [
      `    ${style('bold', ruleId ?? 'the engine itself')}: ${detail}`,
      `    in ${count} ${count === 1 ? 'chat' : 'chats'}, such as ${from} to ${to}, reply status ${reply}, assignee ${assignee}`,
      invariant === 'order'
        ? '    these events show it:'
        : `    this test file${ruleId === undefined ? '' : ` (${ruleId}.test.json)`} fails as long as it is so:`,
      ...formatTestFile(test)
        .split('\n')
        .map((line) => `      ${line}`),
    ]),
  ];
}
