/**
 * Paths into facts: `$.a.b[0]['c d']` and nothing else of JSONPath. Filters, wildcards and scripts are refused when a
 * rule is loaded; what remains is a list of own property names, so reading it runs no code and cannot leave the fact.
 */
export type ParsedPath =
  | { ok: true; segments: string[] }
  | { ok: false; reason: 'not-a-path' | 'not-dotted' | 'forbidden'; offset: number };

const MAX_SEGMENTS = 20;
const SEGMENT = /\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,6})\]|\['((?:[^'\\\]])+)'\]/y;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** The property names that a path leads through; `$` alone is the whole fact. `offset` tells where a fault is. */
export function parsePath(path: string): ParsedPath {
  if (!path.startsWith('$')) return { ok: false, reason: 'not-a-path', offset: 0 };
  const segments: string[] = [];
  let offset = 1;
  while (offset < path.length) {
    SEGMENT.lastIndex = offset;
    const match = SEGMENT.exec(path);
    if (match === null || segments.length === MAX_SEGMENTS) return { ok: false, reason: 'not-dotted', offset };
    const segment = match[1] ?? match[2] ?? match[3] ?? '';
    if (FORBIDDEN.has(segment)) return { ok: false, reason: 'forbidden', offset };
    segments.push(segment);
    offset = SEGMENT.lastIndex;
  }
  return { ok: true, segments };
}

/** Writes segments the way people do: `actor.type`, `meta['a b']`. */
export function formatSegments(segments: readonly string[]): string {
  return segments
    .map((segment, index) => {
      if (/^\d+$/.test(segment)) return `[${segment}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `['${segment}']`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}
