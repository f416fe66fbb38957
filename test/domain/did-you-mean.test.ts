import { describe, expect, it } from 'vitest';
import { findNearest, suggestion } from '../../src/domain/did-you-mean.ts';

describe('did you mean', () => {
  it.each([
    ['sesion', ['session', 'event'], 'session'],
    ['ON-HOLD', ['ON_HOLD', 'OPEN'], 'ON_HOLD'],
    ['onhold', ['ON_HOLD', 'OPEN'], 'ON_HOLD'],
    ['chanel', ['channel', 'clock'], 'channel'],
    ['equals', ['equal', 'exists'], 'equal'],
    ['grater', ['lessThan', 'greaterThan'], undefined],
    ['zzz', ['session'], undefined],
    ['', ['session'], undefined],
  ])('%s → %s', (name, known, expected) => {
    expect(findNearest(name, known)).toBe(expected);
  });

  it('lists what is known when nothing is near', () => {
    expect(suggestion('zzz', ['a1', 'b2', 'c3'], 2)).toBe('Known here: a1, b2, ….');
    expect(suggestion('statsu', ['status'])).toBe('Did you mean "status"?');
    expect(suggestion('zzz', [])).toBe('');
  });
});
