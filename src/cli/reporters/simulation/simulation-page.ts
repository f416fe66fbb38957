import { html } from 'hono/html';
import { describeRule, RULE_LANGUAGES } from '../../../engine/describe/describe-rule.ts';
import type { Ruleset } from '../../../engine/load/ruleset.ts';
import { ASSIGNEES, isSettable, NOBODY, STATUSES } from '../../../trial/simulation/dimensions.ts';
import type {
  ActingRule,
  Cell,
  InvariantReport,
  RuleReport,
  SimulationReport,
  StatusReport,
  Violation,
} from '../../../trial/simulation/report.ts';
import { formatTestFile } from './format-test.ts';
import type { FormatTime } from './format-time.ts';
import { extentOf, groupRows } from './group-rows.ts';
import { type Html, renderPage, scrolling } from './page.ts';
import { fill, type ReportWords } from './words.ts';

/** A simulation as one page. Everything that comes from rules and events is escaped by `html`. */
export function renderSimulation(
  report: SimulationReport,
  ruleset: Ruleset,
  words: ReportWords,
  formatTime: FormatTime,
): Promise<string> {
  const broken = report.invariants.filter(({ violations }) => violations.length > 0).length;
  return renderPage(words, {
    title: words.simulationTitle,
    ok: broken === 0,
    verdict: broken === 0 ? words.fine : fill(words.broken, { count: broken, of: report.invariants.length }),
    content: html`${summary(report, words, formatTime)}
${invariants(report.invariants, words)}
${statuses(report.statuses, words)}
${changes(report.rules, words)}
${rules(report.rules, ruleset, words)}`,
    rulesetHash: report.rulesetHash,
  });
}

function summary(report: SimulationReport, words: ReportWords, formatTime: FormatTime): Html {
  const { cases, runs, replies, stayMs, start, quick, tooSlow } = report;
  const { duration } = RULE_LANGUAGES[words.lang];
  const counts = { cases, runs, replies, statuses: STATUSES.length, assignees: ASSIGNEES.length };
  const slow = tooSlow.map(({ ruleId, needsMs }) =>
    needsMs === undefined
      ? fill(words.tooSlowForEver, { rule: ruleId })
      : fill(words.tooSlow, { rule: ruleId, needs: duration(needsMs) }),
  );
  return html`<p>${fill(words.simulated, counts)}</p>
<p>${fill(words.stays, { start: formatTime(start), stay: duration(stayMs) })}</p>
${quick ? html`<p>${words.quick}</p>` : ''}
${slow.map((text) => html`<p>${text}</p>`)}`;
}

function invariants(reports: readonly InvariantReport[], words: ReportWords): Html {
  return html`<h2>${words.invariantsTitle}</h2>
<p>${words.invariantsIntro}</p>
<ul class="plain">
${reports.map(({ invariant, violations }) => {
  const holds = violations.length === 0;
  return html`<li><strong class="${holds ? 'good' : 'bad'}">${holds ? `✔ ${words.held}` : `✖ ${words.notHeld}`}</strong>:
${words.invariants[invariant]}
${holds ? '' : html`<ul>${violations.map((one) => violation(one, invariant === 'order', words))}</ul>`}</li>
`;
})}</ul>`;
}

function violation({ ruleId, detail, count, example, test }: Violation, isOrder: boolean, words: ReportWords): Html {
  const assignee = nameAssignee(example.assignee, words);
  return html`<li><strong>${ruleId ?? words.engineItself}</strong>, ${count === 1 ? words.inOneChat : fill(words.inChats, { count })},
${fill(words.suchAs, { ...example, assignee })}: <q lang="en">${detail}</q>
<details><summary>${isOrder ? words.eventsShow : words.testFails}</summary>
<pre tabindex="0">${formatTestFile(test)}</pre></details></li>`;
}

function statuses(reports: readonly StatusReport[], words: ReportWords): Html {
  return html`<h2>${words.statusesTitle}</h2>
${scrolling(
  words.statusesTitle,
  html`<table><thead><tr><th scope="col">${words.status}</th><th scope="col">${words.whatHappens}</th></tr></thead>
<tbody>${reports.map(
    ({ status, known, rules: acting, handling }) => html`<tr><th scope="row">${status}${
      known ? '' : html`<br><span class="name">${words.unknownValue}</span>`
    }</th><td class="wide">${handling === 'nothing' ? words.nothingActs : ''}${handling === 'noted' ? words.onlyNoted : ''}${
      acting.length === 0 ? '' : html`<ul>${acting.map((one) => html`<li>${actingRule(one, words)}</li>`)}</ul>`
    }</td></tr>
`,
  )}</tbody></table>`,
)}`;
}

function actingRule({ ruleId, afterMs, assignees, replies, shadow }: ActingRule, words: ReportWords): Html {
  const { duration, or } = RULE_LANGUAGES[words.lang];
  const more = [
    afterMs === undefined ? words.atOnce : fill(words.after, { duration: duration(afterMs) }),
    ...(assignees === undefined
      ? []
      : [fill(words.withAssignee, { values: or(assignees.map((one) => nameAssignee(one, words))) })]),
    ...(replies === undefined ? [] : [fill(words.withReply, { values: or(replies) })]),
    ...(shadow ? [words.wouldAct] : []),
  ];
  return html`<a href="#rule-${ruleId}">${ruleId}</a>: ${more.join('; ')}`;
}

function nameAssignee(assignee: string, words: ReportWords): string {
  return assignee === NOBODY ? words.nobody : assignee;
}

function rules(reports: readonly RuleReport[], ruleset: Ruleset, words: ReportWords): Html {
  return html`<h2>${words.rulesTitle}</h2>
<p>${words.matrixIntro}</p>
${reports.map((report) => rule(report, ruleset, words))}`;
}

function rule(report: RuleReport, ruleset: Ruleset, words: ReportWords): Html {
  const { ruleId, name, mode, tried, cells, actions } = report;
  const written = ruleset.rules.find(({ id }) => id === ruleId);
  const sentences = written === undefined ? [] : describeRule(written, ruleset, words.lang);
  const did = Object.entries(actions).map(([type, count]) => `${type} × ${count}`);
  return html`<section class="rule" aria-labelledby="rule-${ruleId}">
<h3 id="rule-${ruleId}">${ruleId} ${mode === 'shadow' ? html`<span class="tag">${words.shadow}</span>` : ''} <span class="name">${name}</span></h3>
${sentences.map((sentence) => html`<p>${sentence}</p>`)}
${tried ? '' : html`<p>${mode === 'off' ? words.off : words.byClock}</p>`}
${tried && cells.every(({ acted }) => acted === 0) ? html`<p>${words.neverActs}</p>` : ''}
${cells.some(({ acted }) => acted > 0) ? matrix(ruleId, cells, words) : ''}
${did.length === 0 ? '' : html`<p class="soft">${fill(words.did, { what: did.join(', ') })}</p>`}
</section>
`;
}

function matrix(ruleId: string, cells: readonly Cell[], words: ReportWords): Html {
  const columns = [...new Set(cells.map(({ to }) => to))];
  const title = fill(words.matrixOf, { rule: ruleId });
  return scrolling(
    title,
    html`<table class="matrix"><caption>${title}</caption>
<thead><tr><th scope="col">${words.from} \\ ${words.to}</th>${columns.map((to) => html`<th scope="col">${to}</th>`)}</tr></thead>
<tbody>${groupRows(cells, ({ acted, of }) => `${acted}/${of}`).map((row) => {
      const isAny = row.from.length === columns.length;
      return html`<tr><th scope="row">${isAny ? words.any : row.from.join(', ')}</th>${row.cells.map((one) => cell(one, words))}</tr>
`;
    })}</tbody></table>`,
  );
}

/** Words beside the colour, and how many of how many. */
function cell(one: Cell, words: ReportWords): Html {
  const extent = extentOf(one);
  const count =
    extent === 'some' ? html`<small>${fill(words.cellCount, { acted: one.acted, of: one.of })}</small>` : '';
  return html`<td class="${extent}">${words.extents[extent]}${count}</td>`;
}

/** Every change of status: how many rules act after it, and whether Zoho Desk makes it when it is asked to. */
function changes(reports: readonly RuleReport[], words: ReportWords): Html {
  const acting = Map.groupBy(
    reports.flatMap(({ cells }) => cells.filter(({ acted }) => acted > 0)),
    ({ from, to }) => `${from}>${to}`,
  );
  const toText = (count: number) =>
    count === 0 ? words.extents.none : count === 1 ? words.oneRule : fill(words.someRules, { count });
  return html`<h2>${words.changesTitle}</h2>
<p class="soft">${words.changesNote}</p>
${scrolling(
  words.changesTitle,
  html`<table class="matrix">
<thead><tr><th scope="col">${words.from} \\ ${words.to}</th>${STATUSES.map((to) => html`<th scope="col">${to}</th>`)}</tr></thead>
<tbody>${STATUSES.map(
    (from) => html`<tr><th scope="row">${from}</th>${STATUSES.map((to) => {
      const count = acting.get(`${from}>${to}`)?.length ?? 0;
      const mark = isSettable(from, to) ? html`<small>${words.onRequest}</small>` : '';
      return html`<td class="${count === 0 ? 'none' : 'some'}">${toText(count)}${mark}</td>`;
    })}</tr>
`,
  )}</tbody></table>`,
)}`;
}
