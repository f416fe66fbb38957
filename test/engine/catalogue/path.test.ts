import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSegments, parsePath } from '../../../src/engine/catalogue/path.ts';
import { pathParts } from '../../../src/engine/facts.ts';

describe('paths', () => {
  it.each([
    ['$', []],
    ['$.status', ['status']],
    ["$.a.b[0]['c d']", ['a', 'b', '0', 'c d']],
    ["$['meta'].DESK_TICKET_ID", ['meta', 'DESK_TICKET_ID']],
  ])('%s is a path', (path, segments) => {
    expect(parsePath(path)).toEqual({ ok: true, segments });
  });

  it.each([
    ['status', 'not-a-path', 0],
    ['$..status', 'not-dotted', 1],
    ['$.*', 'not-dotted', 1],
    ['$.a[?(@.b)]', 'not-dotted', 3],
    ['$.a[(@.length-1)]', 'not-dotted', 3],
    ['$.a[0:2]', 'not-dotted', 3],
    ['$.a.', 'not-dotted', 3],
    ['$.__proto__.x', 'forbidden', 1],
    ["$.a['constructor']", 'forbidden', 3],
    ['$.prototype', 'forbidden', 1],
    [`$${'.a'.repeat(21)}`, 'not-dotted', 41],
  ])('%s is refused: %s at %i', (path, reason, offset) => {
    expect(parsePath(path)).toEqual({ ok: false, reason, offset });
  });

  it('what is formatted parses back, in the check as in the judging', () => {
    const names = fc.array(
      fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,5}$/), fc.constant('c d'), fc.nat({ max: 99 }).map(String)),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(names, (segments) => {
        const text = formatSegments(segments);
        const path = text.startsWith('[') ? `$${text}` : `$.${text}`;
        expect(parsePath(path)).toEqual({ ok: true, segments });
        expect(pathParts(path)).toEqual(segments);
      }),
    );
  });
});
