import { html } from 'hono/html';
import type { SystemState } from '../../board-snapshot.ts';
import { fill } from '../../i18n/words.ts';
import { timeTag } from '../../parts/time.ts';
import type { Html, Render } from '../../view.ts';

/** Rules in force, destinations, and what is wrong with either. */
export function systemStrip(render: Render, system: SystemState): Html {
  const { words } = render;
  return html`${system.faults.length === 0 ? '' : faultBanner(render, system)}${silenceBanner(render, system)}<div class="system" role="group" aria-label="${words.system.label}">
${rulesChip(render, system.ruleset)}
${system.destinations.map((destination) => destinationChip(render, destination, system))}
${unreadableChip(render, system)}
${gapsChip(render, system)}
${vocabularyChip(render, system)}
</div>`;
}

function faultBanner({ words }: Render, { faults }: SystemState): Html {
  const [first] = faults;
  const place = first === undefined ? '' : `${first.file}:${first.line}:${first.column}: ${first.message}`;
  return html`<div class="banner bad" role="alert"><strong>${words.system.faults(faults.length)}</strong> <span lang="en"><code>${place}</code></span> <a href="/rules">${words.system.seeRules}</a></div>`;
}

/** No event for long: it may be a quiet day, or a webhook that is gone. */
function silenceBanner(render: Render, { silentSince }: SystemState): Html | '' {
  if (silentSince === null) return '';
  const [before = '', after = ''] = render.words.system.silent.split('{}');
  return html`<div class="banner bad" role="alert"><strong>${before}${timeTag(render, silentSince)}${after}</strong> ${render.words.system.silentHint}</div>`;
}

function gapsChip({ words, view }: Render, { gaps }: SystemState): Html | '' {
  if (gaps === 0) return '';
  return html`<span class="chip warn" title="${words.system.gapsHint} GET /api/v1/gaps"><span class="dot"></span><strong>${words.system.gaps(gaps, view.number(gaps))}</strong></span>`;
}

function rulesChip(render: Render, ruleset: SystemState['ruleset']): Html {
  const { words, view } = render;
  if (ruleset === null) return html`<span class="chip warn"><span class="dot"></span>${words.system.noRules}</span>`;
  const count = ruleset.live + ruleset.shadow + ruleset.off;
  const more = [
    ruleset.shadow === 0 ? '' : words.system.shadow(ruleset.shadow, view.number(ruleset.shadow)),
    ruleset.off === 0 ? '' : words.system.off(ruleset.off, view.number(ruleset.off)),
  ].filter((text) => text !== '');
  return html`<a class="chip" href="/rules"><span class="dot good"></span><strong>${words.system.rules(count, view.number(count))}</strong>${more.map((text) => html` <span class="dim">${text}</span>`)} <span class="dim">${fill(words.system.loaded, '')}${timeTag(render, ruleset.loadedAt)}</span> <code title="${ruleset.hash}">${ruleset.hash.slice(0, 8)}</code></a>`;
}

/** What came and was no event: nothing is dropped in silence. The API lists each with its reason. */
function unreadableChip(render: Render, { unreadable: { count, latest } }: SystemState): Html | '' {
  const { words, view } = render;
  if (latest === null) return '';
  return html`<span class="chip warn" title="GET /api/v1/rejected"><span class="dot"></span><strong>${words.system.unreadable(count, view.number(count))}</strong> <span class="dim">${timeTag(render, latest.at)} <span lang="en">${latest.reason}</span></span></span>`;
}

/** What Zoho Desk was never known to say, until somebody has looked at it. */
function vocabularyChip({ words, view }: Render, { newVocabulary: count }: SystemState): Html | '' {
  if (count === 0) return '';
  return html`<a class="chip warn" href="/vocabulary"><span class="dot"></span><strong>${words.system.newVocabulary(count, view.number(count))}</strong></a>`;
}

function destinationChip(
  { words, view }: Render,
  { name, connected }: SystemState['destinations'][number],
  { unfinished }: SystemState,
): Html {
  const title = words.system.destinations[name];
  if (connected) {
    return html`<span class="chip"><span class="dot good"></span><strong>${title}</strong> <span class="dim">${words.system.connected}</span></span>`;
  }
  const hint = name === 'slack' || name === 'zoho-desk' ? words.system.connect[name] : undefined;
  const waiting = unfinished['not_connected'] ?? 0;
  return html`<span class="chip warn"><span class="dot"></span><strong>${title}</strong> ${words.system.notConnected}${hint === undefined ? '' : html` <span class="dim">${hint}</span>`}${waiting === 0 ? '' : html` <span class="dim">${words.system.waiting(waiting, view.number(waiting))}</span>`}</span>`;
}
