import { formatDuration } from '../../../domain/duration.ts';
import { shellWord } from '../../../domain/shell-text.ts';
import type { Difference } from '../../../trial/backtest/compare-firings.ts';
import type { BacktestReport } from '../../../trial/backtest/report.ts';
import { firingOf } from '../../../trial/backtest/tally.ts';
import type { FormatTime } from '../simulation/format-time.ts';
import { fill } from '../simulation/words.ts';
import type { BacktestWords } from './words.ts';

/** How the parts of a backtest are named, on a terminal and on a page. */

/** `WhatsApp sales (6540…)`, or the id alone. */
export function nameOf(id: string, { names }: Pick<BacktestReport, 'names'>, words: BacktestWords): string {
  if (id === '') return words.unknown;
  if (id === '(others)') return words.others;
  if (id === 'nobody') return words.nobody;
  const name = names[id];
  return name === undefined || name === id ? id : `${name} (${id})`;
}

/** `+5m`, `-1h 30m`; what is shorter than a second in milliseconds. */
export function formatMove(ms: number | undefined): string {
  if (ms === undefined) return '';
  const length = Math.abs(ms);
  return `${ms < 0 ? '-' : '+'}${length < 1_000 ? `${length}ms` : formatDuration(length)}`;
}

/** What an example tells, in one line. */
export function describeDifference(difference: Difference, words: BacktestWords, formatTime: FormatTime): string {
  const { kind } = difference;
  const shown = firingOf(difference);
  const chat = shown.sessionId === undefined ? shown.subject : fill(words.chat, { id: shown.sessionId });
  switch (kind) {
    case 'moved':
      return `${formatTime(difference.before.at)} → ${formatTime(shown.at)} (${formatMove(difference.byMs)})  ${chat}`;
    case 'same':
    case 'reason':
      return `${formatTime(shown.at)}  ${chat}: ${difference.before.reason} → ${shown.reason}`;
    default: {
      const { instead } = difference;
      const why = instead === undefined ? '' : `; ${fill(words.instead, { ...instead })}`;
      return `${formatTime(shown.at)}  ${chat}: ${shown.reason}${why}`;
    }
  }
}

/** What to type next to see why; undefined for what is about no chat. */
export function explainLine(difference: Difference): string | undefined {
  const { ruleId, sessionId, at } = firingOf(difference);
  if (sessionId === undefined) return undefined;
  return `vigia explain --rule ${shellWord(ruleId)} --session ${shellWord(sessionId)} --at ${new Date(at).toISOString()}`;
}

/** What the report does not know, as sentences. */
export function describeLimits({ blindSpots, givenUp }: BacktestReport, words: BacktestWords): string[] {
  return [
    ...words.limits,
    ...blindSpots.map(({ kind, ruleIds }) => fill(words.blindSpots[kind], { rules: ruleIds.join(', ') })),
    ...(givenUp === 0 ? [] : [fill(words.givenUp, { count: givenUp })]),
  ];
}

/** Whom the report is about, and beside whom. */
export function describeCompared({ before, after }: BacktestReport, words: BacktestWords): string {
  const shown = ({ dir, rules, hash }: BacktestReport['after']) => ({ dir, rules, hash: hash.slice(0, 12) });
  const beside = before.kind === 'recorded' ? words.comparedWithRecord : fill(words.comparedWithRules, shown(before));
  return `${fill(words.tried, shown(after))}, ${beside}.`;
}

export function totalsOf({ rules }: BacktestReport) {
  const total = { before: 0, after: 0, added: 0, removed: 0, moved: 0 };
  for (const rule of rules) for (const key of KEYS) total[key] += rule[key];
  return total;
}

const KEYS = ['before', 'after', 'added', 'removed', 'moved'] as const;
