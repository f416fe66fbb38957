import { html } from 'hono/html';
import type { ShownDecision } from '../../deps.ts';
import { fill } from '../../i18n/words.ts';
import { chatLink } from '../../parts/chat-link.ts';
import { outcomeBadge } from '../../parts/outcome.ts';
import { reasonText } from '../../parts/reason.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { whyPath } from '../why/question.ts';
import { traceTree } from './trace-tree.ts';

/** One decision with its trace: what an explanation can be linked to. It never changes, so nothing here is live. */
export function decisionPage(render: Render, decision: ShownDecision, ruleName: string): Html {
  const { words } = render;
  const { decisionPage: text } = words;
  return html`<p class="crumbs"><a href="/">← ${words.chatPage.back}</a></p>
<h1 class="page-title">${fill(text.title, String(decision.id))}</h1>
<section class="panel padded decision" aria-labelledby="decision-title">
  <p class="line"><span>${outcomeBadge(words, decision.outcome)}</span> <strong id="decision-title">${ruleName}</strong> ${chatLink(words, decision.chat)}</p>
  <p>${reasonText(render, decision.reason)}</p>
  <dl class="facts">
    <div><dt>${words.rule}</dt><dd><code>${decision.ruleId}</code></dd></div>
    <div><dt>${text.at}</dt><dd>${timeTag(render, decision.at)}</dd></div>
    <div><dt>${text.decidedAt}</dt><dd>${timeTag(render, decision.decidedAt)}</dd></div>
    <div><dt>${text.mode}</dt><dd>${words.rulesPage.modes[decision.mode]}</dd></div>
    <div><dt>${text.ruleset}</dt><dd><code title="${decision.rulesetHash}">${decision.rulesetHash.slice(0, 12)}</code></dd></div>
  </dl>
  <h2>${words.entries.trace}</h2>
  ${traceTree(words, decision.trace)}
  ${decision.sessionId === null ? '' : html`<p><a href="${whyPath(decision.sessionId, { ruleId: decision.ruleId, at: decision.decidedAt, decisionId: decision.id })}">${words.entries.explain}</a></p>`}
</section>`;
}
