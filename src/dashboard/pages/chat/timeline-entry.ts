import { html } from 'hono/html';
import { isFinal } from '../../../domain/action.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { ActionDetails } from '../../../store/read/action-details.ts';
import type { TimelineEntry } from '../../chat-view.ts';
import { fill } from '../../i18n/words.ts';
import { outcomeBadge, stateBadge, troubleClass } from '../../parts/outcome.ts';
import { reasonText } from '../../parts/reason.ts';
import { statusBadge, statusName } from '../../parts/status.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';
import { whyPath } from '../why/question.ts';

/** One entry of a chat's timeline. */
export function timelineEntry(render: Render, entry: TimelineEntry): Html {
  const { words } = render;
  const trouble = entry.kind === 'action' ? troubleClass(entry.row.state) : '';
  return html`<li class="entry entry-${entry.kind}${trouble}" id="${entry.kind}-${entry.id}">
  <span class="entry-time">${timeTag(render, entry.at)}</span>
  <span class="entry-kind">${words.entries[entry.kind]}</span>
  <div class="entry-body">${body(render, entry)}</div>
</li>`;
}

function body(render: Render, entry: TimelineEntry): Html {
  switch (entry.kind) {
    case 'transition':
      return transition(render, entry);
    case 'message':
      return message(render, entry);
    case 'decision':
      return decision(render, entry);
    case 'action':
      return action(render, entry);
  }
}

function transition({ words }: Render, { row, assignee, by }: Extract<TimelineEntry, { kind: 'transition' }>): Html {
  const from =
    row.from === null ? '' : html` <span class="dim">${fill(words.entries.from, statusName(words, row.from))}</span>`;
  const to = assignee === null ? words.entries.unassigned : fill(words.entries.assignedTo, assignee.name);
  return html`<p class="line">${statusBadge(words, row.to)}${from}${row.assigneeChanged ? html` <span>${to}</span>` : ''}${row.replyStatus === null ? '' : html` <code>${row.replyStatus}</code>`}${row.late ? html` <span class="badge tone-warn" title="${words.entries.lateHint}">${words.entries.late}</span>` : ''}${row.gap ? gapBadge(words, row.known) : ''}${row.inferred ? html` <span class="badge tone-warn" title="${words.entries.inferredHint}">${words.entries.inferred}</span>` : ''}${by === null ? '' : html` <span class="badge tone-ghost">${fill(words.entries.ours, by.name)}</span>`}</p>`;
}

/** Both values: the event's old status stands beside it, ours within. */
function gapBadge(words: Render['words'], known: string | null): Html {
  const ours = known === null ? '' : html` ${fill(words.entries.gapKnown, statusName(words, known))}`;
  return html` <span class="badge tone-warn" title="${words.entries.gapHint}">${words.entries.gap}${ours}</span>`;
}

function message({ words, view }: Render, { row }: Extract<TimelineEntry, { kind: 'message' }>): Html {
  const { direction } = row;
  const way = direction === 'IN' || direction === 'OUT' ? words.entries.directions[direction] : (direction ?? '');
  const length =
    row.length === 0
      ? ''
      : html` <span class="dim">${words.entries.characters(row.length, view.number(row.length))}</span>`;
  return html`<p class="line"><span aria-hidden="true">${direction === 'IN' ? '↓' : '↑'}</span> ${way} <code>${row.messageType ?? ''}</code>${length}</p>`;
}

function decision(render: Render, { row, rule }: Extract<TimelineEntry, { kind: 'decision' }>): Html {
  const { words } = render;
  const step =
    row.step === null || row.step === 0
      ? ''
      : html` <span class="dim">${fill(words.decisions.step, String(row.step))}</span>`;
  // The trace is fetched when somebody wants it, and a refresh of the timeline leaves it alone: decisions do not change.
  return html`<p class="line">${outcomeBadge(words, row.outcome)} <strong>${rule.name}</strong>${row.mode === 'shadow' && row.outcome !== 'shadow' ? html` <span class="badge tone-ghost">${words.outcomes.shadow}</span>` : ''}${step}</p>
<p>${reasonText(render, row.reason)}</p>
<details id="why-${row.id}" hx-get="/decisions/${row.id}/trace" hx-trigger="toggle once" hx-target="#trace-${row.id}" hx-swap="innerHTML"><summary title="${words.entries.trace}">${words.entries.why}</summary><div id="trace-${row.id}" class="trace" hx-morph-skip-children><a href="/decisions/${row.id}">${words.entries.traceOpen}</a></div>${explainLink(words, row)}</details>`;
}

type DecisionOfTimeline = Extract<TimelineEntry, { kind: 'decision' }>['row'];

/** A rule that is judged for the desk or a channel is not asked of a chat. */
function explainLink(words: Render['words'], { id, ruleId, sessionId, decidedAt }: DecisionOfTimeline): Html | '' {
  if (sessionId === null) return '';
  const path = whyPath(sessionId, { ruleId, at: decidedAt, decisionId: id });
  return html`<p><a href="${path}">${words.entries.explain}</a></p>`;
}

function action(render: Render, { row, rule, details }: Extract<TimelineEntry, { kind: 'action' }>): Html {
  const { words } = render;
  return html`<p class="line">${stateBadge(words, row.state)} <code>${row.type}</code> <span>${rule.name}</span>${row.attempts > 1 ? html` <span class="dim">${words.actions.attempts(row.attempts)}</span>` : ''}</p>
${row.reason === null ? '' : html`<p>${reasonText(render, row.reason)}</p>`}
${details === undefined ? '' : html`<details id="details-${row.id}"><summary title="${words.entries.details}">${words.entries.more}</summary>${actionDetails(render, details, isFinal(row.state))}</details>`}`;
}

function actionDetails(render: Render, { params, result, tries, expiresAt }: ActionDetails, isOver: boolean): Html {
  const { words } = render;
  const block = (title: string, value: JsonObject | null) =>
    value === null || Object.keys(value).length === 0
      ? ''
      : html`<h4>${title}</h4><pre><code>${JSON.stringify(value, null, 2)}</code></pre>`;
  return html`${block(words.entries.params, params)}${block(words.entries.result, result)}${triesBlock(render, tries, isOver, expiresAt)}`;
}

/** Counters and records are written with the decision itself: they are over without a try. */
function triesBlock(render: Render, tries: ActionDetails['tries'], isOver: boolean, expiresAt: number): Html | '' {
  const { entries } = render.words;
  const title = html`<h4>${entries.tries}</h4>`;
  if (tries.length > 0) return html`${title}<ol class="tries">${tries.map((one) => attempt(render, one))}</ol>`;
  return isOver ? '' : html`${title}<p class="dim">${entries.noTries} ${untilText(render, expiresAt)}</p>`;
}

function untilText(render: Render, expiresAt: number): Html {
  const [before = '', after = ''] = render.words.entries.until.split('{}');
  return html`(${before}${timeTag(render, expiresAt)}${after})`;
}

function attempt(render: Render, { startedAt, finishedAt, outcome, reason }: ActionDetails['tries'][number]): Html {
  const { view } = render;
  const took = finishedAt === null ? '' : html` <span class="dim">${view.number(finishedAt - startedAt)} ms</span>`;
  return html`<li>${timeTag(render, startedAt)} <strong>${outcomeName(render, outcome)}</strong>${took}${reason === null ? '' : html` ${reasonText(render, reason)}`}</li>`;
}

function outcomeName({ words }: Render, outcome: string | null): string {
  if (outcome === null) return words.entries.running;
  const names: Record<string, string> = words.entries.attemptOutcomes;
  return Object.hasOwn(names, outcome) ? (names[outcome] ?? outcome) : outcome;
}
