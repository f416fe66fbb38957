import { pathParts } from '../../facts.ts';
import type { ExplainedLeaf } from '../explanation.ts';

/** `session.status`, `queue.count (status OPEN)`. */
export function placeOf({ fact, path = '$', params }: Pick<ExplainedLeaf, 'fact' | 'path' | 'params'>): string {
  const asked = Object.entries(params ?? {}).map(([name, one]) => `${name} ${[one].flat().join('/')}`);
  return `${[fact, ...pathParts(path)].join('.')}${asked.length === 0 ? '' : ` (${asked.join(', ')})`}`;
}
