import type { DayReport, DayRule, Example } from '../../../trial/day/report.ts';
import { en } from './en.ts';
import type { FormatTime } from './format-time.ts';
import type { Style } from './simulation-text.ts';
import { fill, nameFiring } from './words.ts';

/** A day for the terminal. */
export function formatDay(report: DayReport, formatTime: FormatTime, style: Style): string {
  const { firstAt, lastAt, untilAt, rules, invariants } = report;
  const span = { first: formatTime(firstAt), last: formatTime(lastAt), until: formatTime(untilAt) };
  const lines = [
    fill(en.dayRead, { events: report.events, chats: report.chats, repeats: report.repeats }),
    fill(en.daySpan, span),
    '',
    ...rules.flatMap((rule) => formatRule(rule, formatTime, style)),
    style('bold', en.invariantsTitle),
    ...invariants.flatMap(({ invariant, violations }) => {
      if (violations.length === 0) return [`${style('green', '✔')} ${en.invariants[invariant]}`];
      return [
        `${style('red', '✖')} ${en.invariants[invariant]}`,
        ...violations.flatMap(({ ruleId, count, examples }) => [
          `    ${style('bold', ruleId ?? en.engineItself)} × ${count}`,
          ...examples.map((example) => `      ${formatExample(example, formatTime)}`),
        ]),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function formatRule(rule: DayRule, formatTime: FormatTime, style: Style): string[] {
  const { ruleId, name, mode, firings, actions, examples } = rule;
  const title = `${style('bold', ruleId)}  ${name}${mode === 'live' ? '' : ` (${mode})`}`;
  if (firings === 0) return [title, `  ${en.noFirings}`, ''];
  return [
    title,
    `  ${firings === 1 ? 'fired once' : `fired ${firings} times`}`,
    ...actions.map(({ type, state, count }) => `  ${type} ${en.states[state] ?? state}: ${count}`),
    ...examples.map((firing) =>
      style('dim', `    ${formatExample({ ...firing, detail: nameFiring(firing, en) }, formatTime)}`),
    ),
    '',
  ];
}

function formatExample({ at, sessionId, detail }: Example, formatTime: FormatTime): string {
  return `${formatTime(at)}${sessionId === undefined ? '' : `  ${fill(en.chat, { id: sessionId })}`}  ${detail}`;
}
