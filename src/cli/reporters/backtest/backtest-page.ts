import { html } from 'hono/html';
import type { BacktestReport, NamedComparison } from '../../../trial/backtest/report.ts';
import type { RulesetLoad } from '../../../trial/backtest/run-ruleset.ts';
import { type Breakdown, EXAMPLE_KINDS, hasChanged } from '../../../trial/backtest/tally.ts';
import type { FormatTime } from '../simulation/format-time.ts';
import { type Html, renderPage, scrolling } from '../simulation/page.ts';
import { fill } from '../simulation/words.ts';
import {
  describeCompared,
  describeDifference,
  describeLimits,
  explainLine,
  formatMove,
  nameOf,
  totalsOf,
} from './name-things.ts';
import { sparkline } from './sparkline.ts';
import type { BacktestWords } from './words.ts';

/** A backtest as one page. Bars are texts, and every number stands in a table, too. */
type Sides = readonly (readonly [string, RulesetLoad])[];

/** Names of one table; the JSON has all of them. */
const MAX_NAMES = 100;

export function renderBacktest(report: BacktestReport, words: BacktestWords, formatTime: FormatTime): Promise<string> {
  const { range, events, rules, load } = report;
  const changed = rules.filter(hasChanged);
  const sides: Sides =
    load.before === undefined
      ? [[words.after, load.after]]
      : [
          [words.before, load.before],
          [words.after, load.after],
        ];
  return renderPage(words, {
    title: words.title,
    ...(changed.length === 0 ? { ok: true } : {}),
    verdict: changed.length === 0 ? words.noChanges : fill(words.changes, totalsOf(report)),
    content: html`<p>${describeCompared(report, words)}</p>
<p>${fill(words.span, { since: formatTime(range.since), until: formatTime(range.until) })}
${fill(words.read, { judged: events.judged, warmUp: events.warmUp })}
${fill(words.warmUp, { from: formatTime(range.from) })}
${events.broken === 0 ? '' : fill(words.broken, { count: events.broken })}</p>
<h2>${words.rulesTitle}</h2>
${overview(report, words)}
<p>${fill(words.newAlerts, { count: report.newAlerts })}</p>
${rules.map((rule) => ruleSection(rule, report, words, formatTime))}
<h2>${words.slackTitle}</h2>
<p>${words.slackIntro}</p>
${sides.map(([side, { slack }]) => slackTable(side, slack, words, formatTime))}
<h2>${words.zohoTitle}</h2>
<p>${words.zohoIntro}</p>
${sides.map(([side, { zoho }]) => zohoTable(side, zoho, words))}
<h2>${words.reassignTitle}</h2>
${sides.map(([side, { reassignments }]) => reassignTable(side, reassignments, report, words))}
${load.before === undefined ? html`<p>${words.recordedOnly}</p>` : ''}
<h2>${words.limitsTitle}</h2>
<ul>${describeLimits(report, words).map((text) => html`<li>${text}</li>`)}</ul>`,
    rulesetHash: report.after.hash,
  });
}

function table(label: string, head: readonly string[], rows: readonly (readonly (string | number | Html)[])[]): Html {
  return scrolling(
    label,
    html`<table><thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map(
      ([
        first = '',
        ...cells
      ]) => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
    )}</tbody></table>`,
  );
}

function overview(report: BacktestReport, words: BacktestWords): Html {
  if (report.rules.length === 0) return html`<p>${words.noFirings}</p>`;
  const total = totalsOf(report);
  const head = [words.rule, words.before, words.after, words.added, words.removed, words.moved, words.medianMove];
  return table(words.rulesTitle, head, [
    ...report.rules.map((rule) => [
      html`<a href="#rule-${rule.ruleId}">${rule.ruleId}</a>`,
      rule.before,
      rule.after,
      rule.added,
      rule.removed,
      rule.moved,
      formatMove(rule.medianMoveMs),
    ]),
    [words.total, total.before, total.after, total.added, total.removed, total.moved, ''],
  ]);
}

function ruleSection(
  rule: NamedComparison,
  report: BacktestReport,
  words: BacktestWords,
  formatTime: FormatTime,
): Html {
  const { ruleId, name, mode, hours, channels, agents, examples } = rule;
  const tag = mode === undefined ? words.gone : mode === 'shadow' ? words.shadow : undefined;
  const most = Math.max(...hours.before, ...hours.after);
  const title = fill(words.byHour, { zone: report.range.zone });
  return html`<section class="rule" aria-labelledby="rule-${ruleId}">
<h3 id="rule-${ruleId}">${ruleId} ${tag === undefined ? '' : html`<span class="tag">${tag}</span>`} <span class="name">${name}</span></h3>
${EXAMPLE_KINDS.map((kind) =>
  examples[kind].length === 0
    ? ''
    : html`<h4>${words.kinds[kind]}</h4><ul>${examples[kind].map((difference) => {
        const line = explainLine(difference);
        return html`<li>${describeDifference(difference, words, formatTime)}${line === undefined ? '' : html`<br><code>${line}</code>`}</li>`;
      })}</ul>`,
)}
<p aria-hidden="true">${title}<br><code>${sparkline(hours.before, most)}</code> ${words.before}<br><code>${sparkline(hours.after, most)}</code> ${words.after}</p>
<details><summary>${title}</summary>
${table(
  title,
  [words.hour, words.before, words.after],
  hours.before.map((before, hour) => [`${hour} h`, before, hours.after[hour] ?? 0]),
)}</details>
${breakdown(words.byChannel, words.channel, channels, report, words)}
${breakdown(words.byAgent, words.agent, agents, report, words)}
</section>
`;
}

function breakdown(
  title: string,
  what: string,
  rows: readonly Breakdown[],
  report: BacktestReport,
  words: BacktestWords,
): Html {
  if (rows.length === 0 || (rows.length === 1 && rows[0]?.id === '')) return html``;
  return html`<details><summary>${title}</summary>
${table(
  title,
  [what, words.before, words.after, words.added, words.removed],
  rows
    .slice(0, MAX_NAMES)
    .map(({ id, before, after, added, removed }) => [nameOf(id, report, words), before, after, added, removed]),
)}</details>
`;
}

function slackTable(side: string, slack: RulesetLoad['slack'], words: BacktestWords, formatTime: FormatTime): Html {
  const { channels, edits, unknownChannel } = slack;
  if (channels.length === 0) return html`<p>${side}: ${words.nothing}</p>`;
  return html`<h3>${side}</h3>
${table(
  `${words.slackTitle}, ${side}`,
  [words.slackChannel, words.messages, words.busiest, words.p95, words.overSlack, words.overBudget, words.grouped],
  channels.map(({ channel, messages, overBudget, grouped }) => [
    channel,
    messages.total,
    messages.peakAt === undefined ? '' : `${messages.peak} (${formatTime(messages.peakAt)})`,
    messages.p95,
    messages.over,
    overBudget,
    grouped,
  ]),
)}
<p>${fill(words.edits, { total: edits.total, peak: edits.peak })}
${unknownChannel === 0 ? '' : fill(words.unknownChannel, { count: unknownChannel })}</p>`;
}

function zohoTable(side: string, { actions, days }: RulesetLoad['zoho'], words: BacktestWords): Html {
  if (actions.length === 0) return html`<p>${side}: ${words.nothing}</p>`;
  const day = days.peakAt === undefined ? '' : new Date(days.peakAt).toISOString().slice(0, 10);
  return html`<h3>${side}</h3>
${table(
  `${words.zohoTitle}, ${side}`,
  [words.zohoAction, words.count, words.credits],
  actions.map(({ type, count, credits }) => [type, count, credits]),
)}
<p>${fill(words.zohoDay, { peak: days.peak, day })}</p>`;
}

function reassignTable(
  side: string,
  { total, takenFrom, givenTo, picked }: RulesetLoad['reassignments'],
  report: BacktestReport,
  words: BacktestWords,
): Html {
  if (total === 0) return html`<p>${side}: ${words.nothing}</p>`;
  const rows = (label: string, tallies: typeof takenFrom) =>
    tallies.slice(0, MAX_NAMES).map(({ name, count }) => [`${label} ${nameOf(name, report, words)}`, count]);
  return html`<h3>${side}: ${total}</h3>
${table(
  `${words.reassignTitle}, ${side}`,
  [words.agent, words.count],
  [...rows(words.takenFrom, takenFrom), ...rows(words.givenTo, givenTo), ...rows(words.picked, picked)],
)}
${picked.length === 0 ? '' : html`<p>${words.pickedNote}</p>`}`;
}
