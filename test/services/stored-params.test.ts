import { expect, test } from 'vitest';
import { storedParams, storedResult } from '../../src/services/stored-params.ts';

const context = { event: { text: 'C1', actor: { name: 'Kamal' }, sessionId: 's1' } };

test('what the customer wrote is struck out of delivered params, wherever a template put it', () => {
  const params = { channel: '#ops', text: 'Kamal wrote: C1', blocks: [{ text: 'from Kamal' }] };
  expect(storedParams(params, context, false)).toEqual({
    channel: '#ops',
    text: '[blanked] wrote: [blanked]',
    blocks: [{ text: 'from [blanked]' }],
  });
  expect(storedParams(params, context, true)).toEqual(params);
});

test('the card of an alert keeps its rule and its place, and loses what the customer wrote', () => {
  const card = {
    text: 'Kamal: C1',
    fields: [{ title: 'who', value: 'Kamal' }],
    ruleName: 'Rule C1',
    link: 'http://v/C1',
  };
  const result = { channel: 'C1', ts: '1.2', card };
  expect(storedResult(result, context, false)).toEqual({
    channel: 'C1',
    ts: '1.2',
    card: {
      ...card,
      text: '[blanked]: [blanked]',
      fields: [{ title: 'who', value: '[blanked]' }],
    },
  });
  expect(storedResult(result, context, true)).toEqual(result);
  expect(storedResult({ agentId: 'a1' }, context, false)).toEqual({ agentId: 'a1' });
});
