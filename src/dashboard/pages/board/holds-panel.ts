import { html } from 'hono/html';
import type { BoardHold, Listed } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { chatFacts } from '../../parts/chat-link.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { countdown, timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { listCount } from './list-count.ts';

/** Running holds, soonest due first, each with its live countdown. */
export function holdsPanel(render: Render, holds: Listed<BoardHold>): Html {
  const { words } = render;
  const body =
    holds.rows.length === 0 ? emptyState(words.holds.empty, words.holds.emptyHint) : holdList(render, holds.rows);
  return panelContent('holds', { title: words.holds.title, count: listCount(render, holds), body });
}

export function holdList(render: Render, holds: readonly BoardHold[]): Html {
  return html`<ol class="rows">${holds.map((hold) => holdRow(render, hold))}</ol>`;
}

function holdRow(render: Render, hold: BoardHold): Html {
  const { words, now } = render;
  const total = Math.max(1, hold.dueAt - hold.startedAt);
  const done = Math.min(total, Math.max(0, now - hold.startedAt));
  const [before = '', after = ''] = (hold.approximate ? words.holds.approximate : words.holds.since).split('{}');
  return html`<li class="row hold-row" id="hold-${hold.id}">
  <p class="line"><strong class="clip" title="${hold.rule.name}">${hold.rule.name}</strong>${hold.mode === 'shadow' ? html` <span class="badge tone-ghost">${words.holds.shadow}</span>` : ''}<span class="push due">${countdown(render, hold.dueAt)}</span></p>
  <p class="line small">${chatFacts(words, hold.chat)}<span class="push dim">${fill(before, '')}${timeTag(render, hold.startedAt)}${after}</span></p>
  <progress max="${total}" value="${done}" data-from="${hold.startedAt}" aria-hidden="true"></progress>
</li>`;
}
