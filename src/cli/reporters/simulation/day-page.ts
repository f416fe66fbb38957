import { html } from 'hono/html';
import { describeRule } from '../../../engine/describe/describe-rule.ts';
import type { Ruleset } from '../../../engine/load/ruleset.ts';
import type { DayReport, DayRule, Example, Firing } from '../../../trial/day/report.ts';
import type { FormatTime } from './format-time.ts';
import { type Html, renderPage, scrolling } from './page.ts';
import { fill, nameFiring, type ReportWords } from './words.ts';

/** A day as one page. */
export function renderDay(
  report: DayReport,
  ruleset: Ruleset,
  words: ReportWords,
  formatTime: FormatTime,
): Promise<string> {
  const { invariants, events, chats, repeats, firstAt, lastAt, untilAt } = report;
  const broken = invariants.filter(({ violations }) => violations.length > 0).length;
  const span = { first: formatTime(firstAt), last: formatTime(lastAt), until: formatTime(untilAt) };
  return renderPage(words, {
    title: words.dayTitle,
    ok: broken === 0,
    verdict: broken === 0 ? words.fine : fill(words.broken, { count: broken, of: invariants.length }),
    content: html`<p>${fill(words.dayRead, { events, chats, repeats })}</p>
<p>${fill(words.daySpan, span)}</p>
${skipped(report, words)}
${held(report, words, formatTime)}
<h2>${words.rulesTitle}</h2>
${overview(report.rules, words)}
${report.rules.map((rule) => ruleSection(rule, ruleset, words, formatTime))}`,
    rulesetHash: report.rulesetHash,
  });
}

function skipped({ skipped: count, faults }: DayReport, words: ReportWords): Html {
  if (count === 0) return html``;
  return html`<h2>${fill(words.skippedLines, { count })}</h2>
${scrolling(
  words.reason,
  html`<table><thead><tr><th scope="col">${words.line}</th><th scope="col">${words.reason}</th></tr></thead>
<tbody>${faults.map(({ line, reason }) => html`<tr><th scope="row">${line}</th><td lang="en">${reason}</td></tr>`)}</tbody></table>`,
)}`;
}

function held({ invariants }: DayReport, words: ReportWords, formatTime: FormatTime): Html {
  return html`<h2>${words.invariantsTitle}</h2>
<ul class="plain">
${invariants.map(({ invariant, violations }) => {
  const holds = violations.length === 0;
  return html`<li><strong class="${holds ? 'good' : 'bad'}">${holds ? `✔ ${words.held}` : `✖ ${words.notHeld}`}</strong>:
${words.invariants[invariant]}
${violations.map(
  ({ ruleId, count, examples }) => html`<ul><li><strong>${ruleId ?? words.engineItself}</strong> × ${count}
${list(examples, words, formatTime)}</li></ul>`,
)}</li>
`;
})}</ul>`;
}

function overview(rules: readonly DayRule[], words: ReportWords): Html {
  return scrolling(
    words.rulesTitle,
    html`<table><thead><tr><th scope="col">${words.rule}</th><th scope="col">${words.firings}</th><th scope="col">${words.actions}</th></tr></thead>
<tbody>${rules.map(
      ({
        ruleId,
        firings,
        actions,
      }) => html`<tr><th scope="row"><a href="#rule-${ruleId}">${ruleId}</a></th><td>${firings}</td><td>${actions
        .map(({ type, state, count }) => `${type} ${words.states[state] ?? state}: ${count}`)
        .join('; ')}</td></tr>
`,
    )}</tbody></table>`,
  );
}

function ruleSection(rule: DayRule, ruleset: Ruleset, words: ReportWords, formatTime: FormatTime): Html {
  const { ruleId, name, mode, firings, examples } = rule;
  const written = ruleset.rules.find(({ id }) => id === ruleId);
  const sentences = written === undefined ? [] : describeRule(written, ruleset, words.lang);
  return html`<section class="rule" aria-labelledby="rule-${ruleId}">
<h3 id="rule-${ruleId}">${ruleId} ${mode === 'shadow' ? html`<span class="tag">${words.shadow}</span>` : ''} <span class="name">${name}</span></h3>
${sentences.map((sentence) => html`<p>${sentence}</p>`)}
${firings === 0 ? html`<p>${words.noFirings}</p>` : html`<h4>${words.examples}</h4>${firingList(examples, words, formatTime)}`}
</section>
`;
}

function firingList(firings: readonly Firing[], words: ReportWords, formatTime: FormatTime): Html {
  return html`<ul>${firings.map(
    (firing) => html`<li>${formatTime(firing.at)}${chatOf(firing, words)}: ${nameFiring(firing, words)}</li>`,
  )}</ul>`;
}

function chatOf({ sessionId }: { sessionId?: string }, words: ReportWords): string {
  return sessionId === undefined ? '' : `, ${fill(words.chat, { id: sessionId })}`;
}

function list(examples: readonly Example[], words: ReportWords, formatTime: FormatTime): Html {
  return html`<ul>${examples.map(
    (example) => html`<li>${formatTime(example.at)}${chatOf(example, words)}: <q lang="en">${example.detail}</q></li>`,
  )}</ul>`;
}
