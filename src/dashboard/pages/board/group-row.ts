import { html } from 'hono/html';
import type { BoardGroup } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { plainText } from '../../parts/plain-text.ts';
import { elapsed } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { runbookLink } from './runbook-link.ts';

/** Many alerts on one line: how many are open, the text of the first, and a button for all of them. */
export function groupRow(render: Render, group: BoardGroup): Html {
  const { words, view } = render;
  const { id, rule, severity, open, acknowledged } = group;
  const state = open === acknowledged ? 'acknowledged' : 'open';
  const counts = group.areChats ? words.alerts.groupOfChats : words.alerts.groupOfAlerts;
  const seen = acknowledged === 0 ? '' : html` · ${fill(words.alerts.groupAcknowledged, view.number(acknowledged))}`;
  return html`<li class="row alert-row severity-${severity} alert-${state}" id="group-${id}" tabindex="-1" data-alert>
  <div class="alert-main">
    <p class="line"><span class="badge severity">${words.alerts.severities[severity]}</span> <strong class="clip" title="${rule.name}">${rule.name}</strong><span class="push dim">${elapsed(render, group.openedAt, words.alerts.opened)}</span></p>
    <p class="alert-text"><strong>${counts(open, view.number(open))}</strong>${seen}</p>
    <p class="line small"><span class="clip">${fill(words.alerts.groupFirst, '')}${plainText(group.text)}</span> ${runbookLink(render, group.runbook)}</p>
  </div>
  ${acknowledgement(render, group, state)}
</li>`;
}

function acknowledgement({ words }: Render, { id, rule }: BoardGroup, state: 'acknowledged' | 'open'): Html {
  if (state === 'acknowledged') return html`<p class="alert-side dim">${words.alerts.acknowledged}</p>`;
  const path = `/groups/${encodeURIComponent(id)}/acknowledge`;
  const label = fill(words.alerts.acknowledgeGroupLabel, rule.name);
  return html`<form class="alert-side" method="post" action="${path}" hx-post="${path}" hx-target="closest li" hx-swap="outerMorph"><button type="submit" id="ack-group-${id}" aria-label="${label}">${words.alerts.acknowledgeAll}</button></form>`;
}
