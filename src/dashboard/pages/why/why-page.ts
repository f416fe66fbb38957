import { html } from 'hono/html';
import type { Explanation } from '../../../engine/explain/explanation.ts';
import { EXPLAIN_WORDS, type ToldLine, tellExplanation } from '../../../engine/explain/tell/tell-explanation.ts';
import type { ExplainWords } from '../../../engine/explain/tell/words.ts';
import { fill } from '../../i18n/words.ts';
import { chatPath } from '../../parts/chat-link.ts';
import { emptyState } from '../../parts/panel.ts';
import { withTimes } from '../../parts/reason.ts';
import { countdown, timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import type { WhyQuestion, WhyView } from '../../why-view.ts';
import { toLocalField, whyPath } from './question.ts';
import { byInterest, toShortAnswer } from './short-answer.ts';
import { markSign, toldList } from './told-lines.ts';

/** Why rules did or did not act on a chat: all of them with a short answer each, and one in full. */
export interface WhyPage {
  chatId: string;
  question: WhyQuestion;
  /** The moment that was given could not be read. */
  badMoment: boolean;
}

export function whyPage(render: Render, view: WhyView, page: WhyPage): Html {
  const { words } = render;
  const { chatId, question } = page;
  const { rules, chosen } = view;
  return html`<p class="crumbs"><a href="${chatPath(chatId)}">← ${fill(words.chatPage.title, chatId)}</a></p>
<h1 class="page-title">${fill(words.why.title, chatId)}</h1>
${trouble(render, view, page)}
${momentForm(render, page)}
<div class="why-page">
  <nav class="panel" aria-labelledby="why-rules-title">
    <header class="panel-head"><h2 id="why-rules-title">${words.why.rules}</h2></header>
    ${rules.length === 0 ? emptyState(words.why.none, words.why.noneHint) : html`<ol class="why-rules">${rules.toSorted(byInterest).map((one) => ruleLink(render, one, page))}</ol>`}
    ${view.more ? html`<p class="dim small padded">${words.why.more}</p>` : ''}
  </nav>
  <section class="panel padded why-answer" id="answer" aria-labelledby="why-answer-title">
    ${chosen === undefined ? html`<h2 id="why-answer-title">${words.why.answer}</h2><p class="dim">${question.ruleId === undefined ? words.why.choose : ''}</p>` : answer(render, chosen, page)}
  </section>
</div>`;
}

function trouble({ words }: Render, view: WhyView, { badMoment }: WhyPage): Html | '' {
  const said = [
    ...(badMoment ? [words.why.badMoment] : []),
    ...(view.trouble === undefined ? [] : [words.why.troubles[view.trouble]]),
  ];
  return said.length === 0 ? '' : html`${said.map((text) => html`<p class="banner" role="alert">${text}</p>`)}`;
}

/** As of when, with a way to another moment that needs no script. */
function momentForm(render: Render, { chatId, question }: WhyPage): Html {
  const { words, view, now } = render;
  const { ruleId, at } = question;
  const [before = '', after = ''] = words.why.asOf.split('{}');
  return html`<form class="why-moment" method="get" action="${whyPath(chatId)}">
  <p>${before}${timeTag(render, at ?? now)}${after}${at === undefined ? '' : html` <a href="${whyPath(chatId, { ruleId })}">${words.why.now}</a>`}</p>
  ${ruleId === undefined ? '' : html`<input type="hidden" name="rule" value="${ruleId}">`}
  <label>${fill(words.why.moment, view.zoneName(now))} <input type="datetime-local" name="at" step="1" required value="${toLocalField(at ?? now, view.zone)}"></label>
  <button type="submit" class="secondary">${words.why.ask}</button>
</form>`;
}

function tell({ words, view }: Render, explanation: Explanation): { lines: ToldLine[]; explainWords: ExplainWords } {
  const tag = words.lang === 'pt-BR' ? 'pt-BR' : 'en';
  return { lines: tellExplanation(explanation, tag, view.zone), explainWords: EXPLAIN_WORDS[tag] };
}

function ruleLink(render: Render, explanation: Explanation, { chatId, question }: WhyPage): Html {
  const { words } = render;
  const { rule } = explanation;
  const { lines, explainWords } = tell(render, explanation);
  const { mark, verdict, because, dueAt, actedAt } = toShortAnswer(explanation, lines, explainWords);
  // As of now its time runs while one looks.
  const more =
    dueAt !== undefined && question.at === undefined
      ? countdown(render, dueAt)
      : because === undefined
        ? ''
        : withTimes(render, because);
  const isChosen = question.ruleId === rule.id;
  return html`<li${isChosen ? html` class="chosen"` : ''}><a href="${whyPath(chatId, { ...question, ruleId: rule.id, decisionId: undefined })}#answer"${isChosen ? html` aria-current="true"` : ''}>${rule.name}</a>
  <p class="small">${markSign(explainWords.marks, mark)}${verdict}${more === '' ? '' : html` <span class="dim">${more}</span>`}${actedAt === undefined ? '' : html` <span>${words.why.acted} ${timeTag(render, actedAt)}</span>`}</p></li>`;
}

function answer(render: Render, explanation: Explanation, { chatId }: WhyPage): Html {
  const { rule, neighbours } = explanation;
  const { lines, explainWords } = tell(render, explanation);
  const { marks } = explainWords;
  const decisions = [...neighbours.before, ...neighbours.after];
  const decided = lines.filter(({ kind }) => kind === 'decision');
  const linkOf = (line: ToldLine) => {
    const decision = decisions[decided.indexOf(line)];
    if (decision === undefined) return undefined;
    return whyPath(chatId, { ruleId: rule.id, at: decision.decidedAt, decisionId: decision.id });
  };
  const [head = [], ...sections] = toSections(lines);
  return html`<h2 id="why-answer-title">${rule.name}</h2>
<p class="line small"><code>${rule.id}</code></p>
${head.map(({ kind, text, mark }) => (kind === 'verdict' ? html`<p class="why-verdict">${markSign(marks, mark)}<strong>${text}</strong></p>` : kind === 'text' ? html`<p class="dim">${withTimes(render, text)}</p>` : ''))}
${sections.map(([heading, ...rest]) => html`<h3>${heading?.text ?? ''}</h3>${toldList(render, marks, rest, linkOf)}`)}`;
}

/** The lines before the first heading, then each heading with what stands below it. */
function toSections(lines: readonly ToldLine[]): ToldLine[][] {
  const sections: ToldLine[][] = [[]];
  for (const line of lines) {
    if (line.kind === 'heading') sections.push([line]);
    else sections.at(-1)?.push(line);
  }
  return sections;
}
