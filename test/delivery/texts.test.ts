import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText } from '../../src/delivery/cut-text.ts';
import { redact, redactJson } from '../../src/delivery/redact.ts';

describe('cutText', () => {
  it('keeps what fits and never splits a character', () => {
    expect(cutText('chat', 4)).toBe('chat');
    expect(cutText('chats', 4)).toBe('cha…');
    expect(cutText('ab😀cd', 4)).toBe('ab…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, max) => {
        const cut = cutText(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
        if (text.length <= max) expect(cut).toBe(text);
      }),
    );
  });
});

describe('redact', () => {
  it('strikes out secrets, also one within another, in texts, keys and values', () => {
    const secrets = ['token-1', 'token-12345', undefined, 'abc'];
    expect(redact('a token-12345 b token-1 c abc', secrets)).toBe('a [secret] b [secret] c abc');
    expect(redactJson({ 'token-1': ['x token-12345', 7, null, { deep: 'token-1' }] }, secrets)).toEqual({
      '[secret]': ['x [secret]', 7, null, { deep: '[secret]' }],
    });
  });
});
