import { html } from 'hono/html';
import type { RuleFault } from '../../../domain/rule.ts';
import type { RuleActivity } from '../../../store/read/rule-activity.ts';
import type { DashboardDeps } from '../../deps.ts';
import { fill } from '../../i18n/words.ts';
import type { LiveFragment, LiveSource } from '../../live/live-source.ts';
import { emptyState } from '../../parts/panel.ts';
import { reasonText } from '../../parts/reason.ts';
import { timeTag } from '../../parts/time.ts';
import type { RuleSummary, RulesView } from '../../rules-view.ts';
import type { Html, Render } from '../../view.ts';

/** The rules in force, what each did lately, and what keeps newer files from being taken. */
export function rulesSource(deps: Pick<DashboardDeps, 'rules'>): LiveSource<RulesView> {
  return { read: () => deps.rules(), fragments: rulesFragments };
}

function rulesFragments(view: RulesView): LiveFragment[] {
  return [
    { id: 'faults', data: view.faults, render: (render) => faultList(render, view.faults) },
    { id: 'rules', data: [view.ruleset, view.rules], render: (render) => ruleList(render, view) },
  ];
}

export function rulesPage(render: Render, fragments: readonly LiveFragment[]): Html {
  const content = (id: string) => fragments.find((fragment) => fragment.id === id)?.render(render) ?? html``;
  return html`<h1 class="page-title">${render.words.rulesPage.title}</h1>
<div id="faults">${content('faults')}</div>
<div id="rules">${content('rules')}</div>`;
}

function faultList({ words }: Render, faults: readonly RuleFault[]): Html {
  if (faults.length === 0) return html``;
  return html`<section class="panel padded faults" aria-labelledby="faults-title">
  <h2 id="faults-title">${words.rulesPage.faults}</h2>
  <p>${words.rulesPage.faultsText}</p>
  <ol>${faults.map(
    ({ file, line, column, code, message, remedy }) =>
      html`<li lang="en"><code class="place">${file}:${line}:${column}</code> <strong>${message}</strong> <span>${remedy}</span> <span class="dim">${code}</span></li>`,
  )}</ol>
</section>`;
}

function ruleList(render: Render, { ruleset, rules }: RulesView): Html {
  const { words } = render;
  if (ruleset === null || rules.length === 0) {
    return html`<section class="panel">${emptyState(words.rulesPage.empty, words.rulesPage.emptyHint)}</section>`;
  }
  const [before = '', after = ''] = fill(words.rulesPage.summary, { hash: ruleset.hash.slice(0, 12), at: '{}' }).split(
    '{}',
  );
  const lang = words.lang === 'pt-BR' ? 'pt-BR' : 'en';
  return html`<p class="dim">${before}${timeTag(render, ruleset.loadedAt)}${after}</p>
<ol class="panel rule-list">${rules.map(({ rule, sentences, activity }) => ruleRow(render, rule, sentences[lang], activity))}</ol>`;
}

/** Each type once, with how often: `dashboard.update ×2`. */
function actionTypes(types: readonly string[]): Html[] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => html`<code>${type}</code>${count > 1 ? ` ×${count}` : ''} `);
}

const MODE_TONES = { live: 'good', shadow: 'ghost', off: 'quiet' } as const;

function ruleRow(
  render: Render,
  rule: RuleSummary,
  sentences: readonly string[],
  activity: RuleActivity | undefined,
): Html {
  const { words } = render;
  const { rulesPage: text } = words;
  return html`<li class="rule rule-${rule.mode}" id="rule-${rule.id}">
  <div class="rule-main">
    <h2>${rule.name}</h2>
    ${toldRule(render, rule, sentences)}
    <p class="line small"><code>${rule.id}</code> ${rule.tags.map((tag) => html`<span class="tag">${tag}</span> `)}</p>
    ${rule.description === undefined ? '' : html`<p class="dim">${rule.description}</p>`}
    ${askOfChat(render, rule)}
  </div>
  <div class="rule-facts">
    <p><span class="badge tone-${MODE_TONES[rule.mode]}" title="${text.modeHints[rule.mode]}">${text.modes[rule.mode]}</span> ${triggerText(render, rule)}</p>
    <p class="dim">${rule.owner === undefined ? text.noOwner : html`<span class="visually-hidden">${text.owner}: </span>${rule.owner}`}${runbook(render, rule)}</p>
  </div>
  <div class="rule-facts">
    <p><span class="visually-hidden">${text.actions}: </span>${actionTypes(rule.actions)}</p>
    <p class="dim">${[rule.steps === 0 ? '' : text.steps(rule.steps), limitText(render, rule)].filter((part) => part !== '').join(' · ')}</p>
  </div>
  ${activityBlock(render, activity)}
</li>`;
}

/** The gist, and what else there is to say behind a line that opens. */
function toldRule({ words }: Render, { id, name }: RuleSummary, [gist, ...more]: readonly string[]): Html {
  if (gist === undefined) return html``;
  const { moreSentences } = words.rulesPage;
  return html`<p>${gist}</p>
    ${more.length === 0 ? '' : html`<details id="told-${id}"><summary>${moreSentences(more.length)}<span class="visually-hidden">: ${name}</span></summary><ul>${more.map((sentence) => html`<li>${sentence}</li>`)}</ul></details>`}`;
}

/** Why it did or did not act on a chat, whose id is typed in. */
function askOfChat({ words }: Render, { id, name }: RuleSummary): Html {
  const { why } = words;
  return html`<details id="ask-${id}"><summary>${why.askOfChat}<span class="visually-hidden">: ${name}</span></summary>
    <form class="why-moment" method="get" action="/why"><input type="hidden" name="rule" value="${id}"><label>${why.chatId} <input type="text" name="chat" required autocomplete="off" spellcheck="false"></label> <button type="submit" class="secondary">${why.ask}</button></form></details>`;
}

function triggerText({ words, view }: Render, { trigger }: RuleSummary): Html {
  const { rulesPage: text } = words;
  switch (trigger.kind) {
    case 'hold':
      return html`${text.kinds.hold} <strong>${fill(text.for, view.span(trigger.forMs))}</strong>`;
    case 'event':
      return html`${text.kinds.event} ${text.on} <code>${trigger.on.join(', ')}</code>`;
    case 'schedule': {
      const { every } = trigger;
      return every.kind === 'interval'
        ? html`${text.kinds.schedule} <strong>${fill(text.every, view.span(every.ms))}</strong>`
        : html`${text.kinds.schedule} <code>${every.cron}</code> ${every.zone}`;
    }
  }
}

function runbook({ words }: Render, { runbook: address }: RuleSummary): Html | '' {
  if (address === undefined || !/^https?:\/\//i.test(address)) return '';
  return html` · <a href="${address}" rel="noreferrer noopener" target="_blank">${words.alerts.runbook}</a>`;
}

function limitText({ words, view }: Render, { limit }: RuleSummary): string {
  if (limit === undefined) return '';
  const { count, per, withinMs } = limit;
  return fill(words.rulesPage.limit, {
    count: view.number(count),
    per: words.rulesPage.limitPer[per],
    within: view.span(withinMs),
  });
}

function activityBlock(render: Render, activity: RuleActivity | undefined): Html {
  const { words, view } = render;
  const { rulesPage: text } = words;
  const fired = activity?.fired ?? 0;
  const last = activity?.lastFiredAt ?? null;
  return html`<div class="rule-activity">
    <p><span class="dim">${text.fired}</span> <strong class="number">${fired === 0 ? text.never : view.number(fired)}</strong>${last === null ? '' : html` <span class="dim">${fill(text.lastFired, '')}${timeTag(render, last)}</span>`}</p>
    ${activity === undefined || activity.errors === 0 || activity.lastErrorAt === null ? '' : html`<p class="bad"><strong>${text.errors(activity.errors)}</strong> ${timeTag(render, activity.lastErrorAt)} ${reasonText(render, activity.lastError ?? '')}</p>`}
  </div>`;
}
