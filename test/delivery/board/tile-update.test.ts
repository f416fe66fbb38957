import { describe, expect, it } from 'vitest';
import { toTileUpdate } from '../../../src/delivery/board/tile-update.ts';

describe('toTileUpdate', () => {
  it.each([
    [
      { tile: 'Open', add: '-1' },
      { tile: 'Open', by: '', kind: 'add', value: -1 },
    ],
    [
      { tile: ' Open ', add: 2.5, by: 'c1' },
      { tile: 'Open', by: 'c1', kind: 'add', value: 2.5 },
    ],
    [
      { tile: 'Longest', set: '12m' },
      { tile: 'Longest', by: '', kind: 'set', value: '12m' },
    ],
    [
      { tile: 'Queue', set: '17', by: 'support' },
      { tile: 'Queue', by: 'support', kind: 'set', value: 17 },
    ],
    [
      { tile: 'Last chat', set: '65403000000038063' },
      { tile: 'Last chat', by: '', kind: 'set', value: '65403000000038063' },
    ],
    [
      { tile: 'Down', set: false },
      { tile: 'Down', by: '', kind: 'set', value: 'false' },
    ],
  ])('reads %j', (params, update) => {
    expect(toTileUpdate(params)).toEqual({ ok: true, update });
  });

  it.each([
    [{ tile: '', add: 1 }, 'tile rendered to nothing'],
    [{ add: 1 }, 'tile is missing'],
    [{ tile: 'x' }, 'neither set nor add'],
    [{ tile: 'x', set: '', add: '' }, 'neither set nor add'],
    [{ tile: 'x', set: 1, add: 1 }, 'either set or add'],
    [{ tile: 'x', add: 'Ana' }, 'no number'],
    [{ tile: 'x', add: '1e9' }, 'no number'],
    [{ tile: 'x'.repeat(101), add: 1 }, 'longer than 100'],
    [{ tile: 'x', by: 'y'.repeat(201), add: 1 }, 'longer than 200'],
  ])('refuses %j with the reason', (params, reason) => {
    const result = toTileUpdate(params);
    expect(result).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it('tells no value in a reason: it may be personal', () => {
    expect(JSON.stringify(toTileUpdate({ tile: 'x', add: 'Ana Souza' }))).not.toContain('Ana');
  });
});
