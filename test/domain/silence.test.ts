import { describe, expect, it } from 'vitest';
import { learnSilence, unusualFrom, usualSilence } from '../../src/domain/silence.ts';

const MINUTE = 60_000;

describe('unusual silence', () => {
  it('is not known before four weeks, and then the longest of them', () => {
    expect(usualSilence([1, 2, 3])).toBeUndefined();
    expect(usualSilence([1, 4, 2, 3])).toBe(4);
  });

  it('is half as long again, and ten minutes longer', () => {
    expect(unusualFrom(40 * MINUTE)).toBe(60 * MINUTE);
    expect(unusualFrom(MINUTE)).toBe(11 * MINUTE);
  });

  it('raises the bar by no more than it was: an outage is no measure, a lasting change is learned in some weeks', () => {
    const usual = [MINUTE, MINUTE, MINUTE, MINUTE];
    const after = learnSilence(usual, 2_880 * MINUTE);
    expect(after).toEqual([...usual, 11 * MINUTE]);
    let quiet = usual;
    for (let week = 0; week < 8; week += 1) quiet = learnSilence(quiet, 60 * MINUTE);
    expect(usualSilence(quiet)).toBe(60 * MINUTE);
    expect(quiet).toHaveLength(8);
  });
});
