import { html } from 'hono/html';
import type { ToldLine } from '../../../engine/explain/tell/tell-explanation.ts';
import type { ExplainWords } from '../../../engine/explain/tell/words.ts';
import { reasonText, withTimes } from '../../parts/reason.ts';
import type { Html, Render } from '../../view.ts';

/** Lines of an explanation as lists within lists, each with a sign and a word for what it came to. */
type Mark = NonNullable<ToldLine['mark']>;

const SIGNS: Record<Mark, string> = { held: '✓', failed: '✗', unknown: '…', unjudged: '○' };

/** A sign that says the same without colour, and without eyes. */
export function markSign(marks: ExplainWords['marks'], mark: Mark | undefined): Html | '' {
  if (mark === undefined) return '';
  return html`<span class="verdict ${mark}" title="${marks[mark]}"><span aria-hidden="true">${SIGNS[mark]}</span><span class="visually-hidden">${marks[mark]}:</span></span> `;
}

interface Node {
  line: ToldLine;
  within: Node[];
}

/** @param linkOf where a line leads; undefined: nowhere */
export function toldList(
  render: Render,
  marks: ExplainWords['marks'],
  lines: readonly ToldLine[],
  linkOf: (line: ToldLine) => string | undefined,
): Html {
  const list = (nodes: readonly Node[]): Html =>
    html`<ul>${nodes.map(({ line, within }) => html`<li>${told(render, marks, line, linkOf(line))}${within.length === 0 ? '' : list(within)}</li>`)}</ul>`;
  return html`<div class="trace-tree told">${list(toTree(lines))}</div>`;
}

function told(render: Render, marks: ExplainWords['marks'], line: ToldLine, link: string | undefined): Html {
  const { kind, text, detail, mark } = line;
  const said = link === undefined ? withTimes(render, text) : html`<a href="${link}">${text}</a>`;
  return html`${markSign(marks, mark)}${said}${detail === undefined || detail === text ? '' : html` <span class="detail">${kind === 'decision' ? reasonText(render, detail) : withTimes(render, detail)}</span>`}`;
}

function toTree(lines: readonly ToldLine[]): Node[] {
  const roots: Node[] = [];
  const above: Node[] = [];
  for (const line of lines) {
    while ((above.at(-1)?.line.depth ?? -1) >= line.depth) above.pop();
    const node = { line, within: [] };
    (above.at(-1)?.within ?? roots).push(node);
    above.push(node);
  }
  return roots;
}
