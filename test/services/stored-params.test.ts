import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { renderParams } from '../../src/engine/templates/render-params.ts';
import { storedParams, storedResult } from '../../src/services/stored-params.ts';
import { emptyDirectory } from '../support/rules.ts';

const context = { event: { text: 'my CPF is 123 & more', actor: { name: 'Kamal' }, sessionId: 's1' } };
const render = (params: JsonObject) => (facts: JsonObject) =>
  renderParams('slack.post', params, facts, { directory: emptyDirectory() });

function rendered(params: JsonObject): JsonObject {
  const done = render(params)(context);
  if (!done.ok) throw new Error(done.reason);
  return done.params;
}

test('what the customer wrote is in no stored params, whatever filters and escaping made of it', () => {
  const spec = {
    channel: '#ops',
    text: '{{ event.actor.name }} in {{ event.sessionId }}: {{ event.text }} / {{ event.text | upcase }} / {{ event.actor.name | slice: 0, 4 }}',
  };
  const delivered = rendered(spec);
  expect(delivered['text']).toContain('my CPF is 123 &amp; more');
  const stored = JSON.stringify(storedParams(delivered, context, false, render(spec)));
  for (const personal of ['CPF', '123', 'Kama']) expect(stored).not.toContain(personal);
  expect(stored).toContain('s1');
  expect(storedParams(delivered, context, true, render(spec))).toEqual(delivered);
});

test('params without personal values are kept as they were delivered', () => {
  const spec = { channel: '#ops', text: 'chat {{ event.sessionId }}' };
  const delivered = rendered(spec);
  expect(storedParams(delivered, { event: { sessionId: 's1' } }, false, render(spec))).toBe(delivered);
});

test('the card of an alert keeps its rule and its place, and loses what the customer wrote', () => {
  const card = {
    text: 'Kamal wrote',
    fields: [{ title: 'who', value: 'Kamal' }],
    ruleName: 'Rule',
    link: 'http://v/C1',
  };
  const result = { channel: 'C1', ts: '1.2', card };
  const params = { text: 'Kamal wrote', fields: card.fields };
  const stored = { text: '[blanked] wrote', fields: [{ title: 'who', value: '[blanked]' }] };
  expect(storedResult(result, params, stored)).toEqual({ channel: 'C1', ts: '1.2', card: { ...card, ...stored } });
  expect(storedResult(result, params, params)).toEqual(result);
  const again = { alertId: 'a1', change: 'repeated', card: stored };
  expect(storedResult(result, { ...again, card: params }, again)).toMatchObject({ card: { ...card, ...stored } });
  expect(storedResult({ agentId: 'a1' }, params, stored)).toEqual({ agentId: 'a1' });
});
