import { html } from 'hono/html';
import type { BoardAction, BoardDecision, BoardSnapshot } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { chatWithChannel } from '../../parts/chat-link.ts';
import { outcomeBadge, stateBadge, troubleClass } from '../../parts/outcome.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { reasonText } from '../../parts/reason.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';

/**
 * The latest decisions, each with its reason, which the engine writes in English. Firings that only count or record are
 * left out, like their actions below.
 */
export function decisionsPanel(render: Render, decisions: readonly BoardDecision[]): Html {
  const { words } = render;
  const body =
    decisions.length === 0
      ? emptyState(words.decisions.empty, words.decisions.emptyHint)
      : html`<ol class="rows log">${decisions.map((decision) => decisionRow(render, decision))}</ol><p class="dim small panel-note">${words.decisions.note}</p>`;
  return panelContent('decisions', { title: words.decisions.title, body });
}

function decisionRow(render: Render, decision: BoardDecision): Html {
  const { words } = render;
  const step =
    decision.step === null || decision.step === 0 ? '' : ` · ${fill(words.decisions.step, String(decision.step))}`;
  return html`<li class="row" id="decision-${decision.id}">
  <p class="line">${timeTag(render, decision.decidedAt)} ${outcomeBadge(words, decision.outcome)} <a class="clip plain" href="/decisions/${decision.id}">${decision.rule.name}${step}</a></p>
  <p class="line small">${chatWithChannel(words, decision.chat)} ${reasonText(render, decision.reason)}</p>
</li>`;
}

/**
 * The latest actions. Counters and records that went well are left out: the tiles show them, and a rule that counts each
 * event would leave room for nothing else. What ended badly stays on top for a day, so that success cannot push it out
 * of sight.
 */
export function actionsPanel(
  render: Render,
  { actions, troubled, troubles }: Pick<BoardSnapshot, 'actions' | 'troubled' | 'troubles'>,
): Html {
  const { words } = render;
  const list = (some: readonly BoardAction[], prefix: string) =>
    html`<ol class="rows log">${some.map((action) => actionRow(render, action, prefix))}</ol>`;
  const body =
    actions.length === 0
      ? emptyState(words.actions.empty, words.actions.emptyHint)
      : troubled.length === 0
        ? list(actions, 'action')
        : html`<h3 class="group bad">${words.actions.troubled}</h3>${list(troubled, 'troubled')}<h3 class="group">${words.actions.latest}</h3>${list(actions, 'action')}`;
  const note = actions.length === 0 ? '' : html`<p class="dim small panel-note">${words.actions.note}</p>`;
  return panelContent('actions', {
    title: words.actions.title,
    aside: troubleCounts(render, troubles),
    body: html`${body}${note}`,
  });
}

function troubleCounts({ words, view }: Render, troubles: BoardSnapshot['troubles']): Html {
  const states = ['dead', 'refused', 'uncertain', 'not_connected'] as const;
  return html`<span class="push trouble-counts">${states.map((state) => {
    const count = troubles[state] ?? 0;
    return count === 0 ? '' : html`${stateBadge(words, state)}<strong>${view.number(count)}</strong> `;
  })}</span>`;
}

function actionRow(render: Render, action: BoardAction, prefix: string): Html {
  const { words } = render;
  return html`<li class="row${troubleClass(action.state)}" id="${prefix}-${action.id}">
  <p class="line">${timeTag(render, action.createdAt)} ${stateBadge(words, action.state)} <code>${action.type}</code> <span class="clip">${action.rule.name}</span></p>
  <p class="line small">${chatWithChannel(words, action.chat)}${action.attempts > 1 ? html` <span class="dim">${words.actions.attempts(action.attempts)}</span>` : ''}${action.reason === null ? '' : html` ${reasonText(render, action.reason)}`}</p>
</li>`;
}
