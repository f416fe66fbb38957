import { expect, test } from 'vitest';
import { en } from '../../src/dashboard/i18n/en.ts';
import { ptBr } from '../../src/dashboard/i18n/pt-br.ts';
import { fill } from '../../src/dashboard/i18n/words.ts';
import { plainText } from '../../src/dashboard/parts/plain-text.ts';
import { viewOf } from '../../src/dashboard/view.ts';

const view = viewOf(en, 'UTC');

test.each([
  [-5_000, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [240_000, '4m'],
  [252_000, '4m 12s'],
  [3_600_000, '1h'],
  [3_605_000, '1h'],
  [7_500_000, '2h 5m'],
  [90_061_000, '1d 1h'],
])('%i ms are told as %s', (ms, text) => {
  expect(view.span(ms)).toBe(text);
});

test('units are those of the language', () => {
  expect(viewOf(ptBr, 'UTC').span(252_000)).toBe('4min 12s');
  expect(viewOf(ptBr, 'UTC').number(1_204.5)).toBe('1.204,5');
});

test('one language and zone are one view, whatever the zone is called', () => {
  expect(viewOf(en, 'America/Los_Angeles')).toBe(viewOf(en, 'US/Pacific'));
  expect(viewOf(en, 'America/Los_Angeles')).not.toBe(viewOf(ptBr, 'America/Los_Angeles'));
});

test.each(['', 'Nowhere/Atall', '+05:30', '"><script>', 'x'.repeat(5_000)])('%j is no zone: UTC', (zone) => {
  expect(viewOf(en, zone)).toBe(view);
});

test('a time has its date when it is not today’s, in the viewer’s zone', () => {
  const now = Date.parse('2026-03-02T02:00:00Z');
  expect(view.time(now - 3_600_000, now)).toBe('01:00:00');
  // The same moments lie on one day in São Paulo, and on two in UTC.
  const before = now - 3 * 3_600_000;
  expect(view.time(before, now)).toBe('Mar 1, 23:00');
  expect(viewOf(en, 'America/Sao_Paulo').time(before, now)).toBe('20:00:00');
});

test('places of a text are filled by name or by order, and with exactly what is given', () => {
  expect(fill('due in {}', '$& {}')).toBe('due in $& {}');
  expect(fill('{in} in, {out} out, {other}', { in: '1', out: '{in}' })).toBe('1 in, {in} out, {other}');
});

test.each([
  ['*bold* and _it_, 2*3*4, snake_case_name', 'bold and it, 2*3*4, snake_case_name'],
  ['<https://example.com/a|the chat> of <@U1> in <#C1|ops>', 'the chat of U1 in ops'],
  ['&lt;b&gt; &amp;amp;', '<b> &amp;'],
  ['<!here> now', 'here now'],
])('%j is shown as %j', (mrkdwn, text) => {
  expect(plainText(mrkdwn)).toBe(text);
});
