import { html } from 'hono/html';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { Trace, TraceLeaf } from '../../../domain/trace.ts';
import { fill, type Words } from '../../i18n/words.ts';
import type { Html } from '../../view.ts';

/** Why conditions held or did not, as a tree: each condition, the value that it met, its verdict. */
export function traceTree(words: Words, trace: Trace | null): Html {
  if (trace === null) return html`<p class="dim">${words.entries.noTrace}</p>`;
  return html`<ul class="trace-tree">${node(words, trace)}</ul>`;
}

function node(words: Words, trace: Trace): Html {
  if (trace.op === 'leaf') return leaf(words, trace);
  const title = trace.op === 'condition' ? fill(words.trace.condition, trace.name) : words.trace[trace.op];
  return html`<li>${verdict(words, trace.result)} <span class="trace-op">${title}</span><ul>${trace.of.map((child) => node(words, child))}</ul></li>`;
}

function leaf(words: Words, { fact, params, path, operator, expected, actual, result }: TraceLeaf): Html {
  const asked = params === undefined ? '' : ` (${paramsText(params)})`;
  const place = `${fact}${asked}${(path ?? '').replace(/^\$/, '')}`;
  const met =
    result === undefined
      ? ''
      : html` <span class="dim">${fill(words.trace.met, actual === undefined ? words.trace.nothing : text(actual))}</span>`;
  return html`<li>${verdict(words, result)} <code>${place}</code> <span class="trace-op">${operator}</span>${expected === undefined ? '' : html` <code>${text(expected)}</code>`}${met}</li>`;
}

function verdict(words: Words, result: boolean | undefined): Html {
  if (result === undefined)
    return html`<span class="verdict unjudged" title="${words.trace.unjudged}"><span aria-hidden="true">○</span><span class="visually-hidden">${words.trace.unjudged}:</span></span>`;
  const word = result ? words.trace.held : words.trace.failed;
  return html`<span class="verdict ${result ? 'held' : 'failed'}" title="${word}"><span aria-hidden="true">${result ? '✓' : '✗'}</span><span class="visually-hidden">${word}:</span></span>`;
}

/** `status OPEN, unassigned true`: what a computed fact was to look at. */
function paramsText(params: JsonObject): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.map(text).join('/') : text(value)}`)
    .join(', ');
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
