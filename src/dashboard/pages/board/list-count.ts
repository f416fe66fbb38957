import type { Listed } from '../../board-snapshot.ts';
import type { Render } from '../../view.ts';

/** How many rows a list has; `50+` when it was cut. */
export function listCount({ view }: Render, list: Listed<unknown>): string {
  return `${view.number(list.rows.length)}${list.more ? '+' : ''}`;
}
