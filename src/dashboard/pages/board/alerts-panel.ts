import { html } from 'hono/html';
import type { BoardAlert, BoardGroup, Listed } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { chatFacts, subjectText } from '../../parts/chat-link.ts';
import { emptyState, panelContent } from '../../parts/panel.ts';
import { plainText } from '../../parts/plain-text.ts';
import { countdown, elapsed, timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { groupRow } from './group-row.ts';
import { listCount } from './list-count.ts';
import { runbookLink } from './runbook-link.ts';

/** Alerts that are not resolved: a line for each group, then those of their own, which nobody has acknowledged first. */
export function alertsPanel(render: Render, groups: readonly BoardGroup[], alerts: Listed<BoardAlert>): Html {
  const { words } = render;
  const body =
    alerts.rows.length === 0 && groups.length === 0
      ? emptyState(words.alerts.empty, words.alerts.emptyHint)
      : html`<ol class="rows">${groups.map((group) => groupRow(render, group))}${alerts.rows.map((alert) => alertRow(render, alert))}</ol>`;
  return panelContent('alerts', { title: words.alerts.title, count: listCount(render, alerts), body });
}

export function alertList(render: Render, alerts: readonly BoardAlert[]): Html {
  return html`<ol class="rows">${alerts.map((alert) => alertRow(render, alert))}</ol>`;
}

/** One alert. Its button works without scripts too: the form then leads back to the board. */
export function alertRow(render: Render, alert: BoardAlert): Html {
  const { words } = render;
  const steps =
    alert.nextStepAt === null
      ? ''
      : html`<span class="step">${countdown(render, alert.nextStepAt, words.tick.stepIn)}</span>`;
  return html`<li class="row alert-row severity-${alert.severity} alert-${alert.state}" id="alert-${alert.id}" tabindex="-1" data-alert>
  <div class="alert-main">
    <p class="line"><span class="badge severity">${words.alerts.severities[alert.severity]}</span> <strong class="clip" title="${alert.rule.name}">${alert.rule.name}</strong><span class="push dim">${elapsed(render, alert.openedAt, words.alerts.opened)}</span></p>
    <p class="alert-text">${alert.text === null ? html`<span class="dim">${withoutCard(render, alert)}</span>` : plainText(alert.text)}</p>
    <p class="line small">${chatFacts(words, alert.chat)} ${steps}${runbookLink(render, alert.runbook)}</p>
  </div>
  ${acknowledgement(render, alert)}
</li>`;
}

function withoutCard(render: Render, { heldBack }: BoardAlert): Html {
  const { alerts } = render.words;
  if (heldBack === null) return html`${alerts.posting}`;
  const { id, until } = heldBack;
  const end = until === null ? '' : html` ${render.words.mutes.until} ${timeTag(render, until)}`;
  return html`${fill(alerts.heldBack, id)}${end}`;
}

function acknowledgement(render: Render, alert: BoardAlert): Html {
  const { words } = render;
  if (alert.state === 'resolved') return html`<p class="alert-side dim">${words.alerts.gone}</p>`;
  if (alert.state === 'acknowledged') {
    const who =
      alert.acknowledgedBy === null
        ? words.alerts.acknowledged
        : fill(words.alerts.acknowledgedBy, alert.acknowledgedBy);
    return html`<p class="alert-side dim">${who}${alert.acknowledgedAt === null ? '' : html` ${timeTag(render, alert.acknowledgedAt)}`}</p>`;
  }
  const path = `/alerts/${encodeURIComponent(alert.id)}/acknowledge`;
  const label = fill(words.alerts.acknowledgeLabel, {
    rule: alert.rule.name,
    chat: alert.chat.id ?? subjectText(words, alert.chat),
  });
  return html`<form class="alert-side" method="post" action="${path}" hx-post="${path}" hx-target="closest li" hx-swap="outerMorph"><button type="submit" id="ack-${alert.id}" aria-label="${label}">${words.alerts.acknowledge}</button></form>`;
}
