import { DrizzleQueryError } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { errorText } from '../../src/domain/errors.ts';

it('the text of a failed query holds none of its parameters', () => {
  const error = new DrizzleQueryError('insert into events', ['+919878765654'], new Error('connection refused'));
  expect(error.message).toContain('+919878765654');
  expect(errorText(error)).toBe('query failed: connection refused');
});

it('anything that was thrown has a text', () => {
  expect(errorText(new Error('broken'))).toBe('broken');
  expect(errorText('broken')).toBe('broken');
  expect(errorText(undefined)).toBe('undefined');
});
