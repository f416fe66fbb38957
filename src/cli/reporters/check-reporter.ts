import type { RuleFault } from '../../domain/rule.ts';
import type { Colour } from '../style.ts';

/** How what the check found is shown to people: place, fault, the line with a caret below it, and what to do. */
export interface CheckReport {
  /** As it is written before file names. */
  dir: string;
  files: ReadonlyMap<string, string>;
  faults: readonly RuleFault[];
  /** Of the ruleset, when it could be loaded. */
  hash?: string;
  ruleCount: number;
}

type Style = (colour: Colour, text: string) => string;

export function formatReport(report: CheckReport, style: Style): string {
  const blocks = report.faults.map((fault) => formatFault(fault, report, style));
  return [...blocks, formatSummary(report, style)].join('\n');
}

const LABELS = { error: 'red', warning: 'yellow' } as const;

function formatFault(fault: RuleFault, { dir, files }: CheckReport, style: Style): string {
  const { severity, file, line, column, code, message, remedy } = fault;
  const place = style('bold', `${dir}/${file}:${line}:${column}`);
  const label = style(LABELS[severity], severity);
  const excerpt = excerptOf(files.get(file) ?? '', line, column);
  const gutter = String(line);
  const shown =
    excerpt === undefined
      ? []
      : [
          `  ${style('dim', `${gutter} |`)} ${excerpt.text}`,
          `  ${style('dim', `${' '.repeat(gutter.length)} |`)} ${' '.repeat(excerpt.caretAt)}${style(LABELS[severity], '^')}`,
        ];
  return [`${place}: ${label}: ${message} ${style('dim', `[${code}]`)}`, ...shown, `  ${remedy}`, ''].join('\n');
}

/** Widest part of a line that is shown; a long one is cut around the fault. */
const MAX_WIDTH = 100;
const BEFORE_CARET = 60;

/** The line with the fault. Tabs become blanks, so that the caret stands below the place whatever a tab's width. */
function excerptOf(text: string, line: number, column: number): { text: string; caretAt: number } | undefined {
  const whole = text.split(/\r\n|\n|\r/)[line - 1]?.replaceAll('\t', ' ');
  if (whole === undefined || whole.trim() === '') return undefined;
  const start = Math.max(0, whole.length > MAX_WIDTH ? column - 1 - BEFORE_CARET : 0);
  const part = whole.slice(start, start + MAX_WIDTH);
  const head = start > 0 ? '…' : '';
  const tail = start + MAX_WIDTH < whole.length ? '…' : '';
  return { text: `${head}${part}${tail}`, caretAt: column - 1 - start + head.length };
}

function formatSummary({ faults, hash, ruleCount }: CheckReport, style: Style): string {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = faults.length - errors;
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  const where = `in ${count(ruleCount, 'rule')}`;
  if (errors > 0) return `${style('red', '✖')} ${counts.join(' and ')} ${where}: nothing would be loaded.\n`;
  const found = counts.length === 0 ? `${count(ruleCount, 'rule')}, no faults` : `${counts.join('')} ${where}`;
  return `${style('green', '✔')} ${found}. Ruleset ${hash?.slice(0, 12) ?? ''}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
