import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toDeskEvent } from '../../../src/ingress/zoho-desk/desk-event.ts';
import { type KeyedEvent, keepOrder } from '../../../src/trial/record/in-order-of-keys.ts';

const AT = Date.parse('2026-03-02T10:00:00-03:00');

it('keeps the order in which events of one millisecond are judged, whatever their content has become', () => {
  const event = fc.record({
    type: fc.constantFrom('IM_Session_Status', 'IM_Message_Add'),
    at: fc.constantFrom(AT, AT + 1),
    key: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8 }),
  });
  const events = fc
    .uniqueArray(event, { selector: ({ key }) => key, maxLength: 6 })
    .map((list) => list.map((one, index): KeyedEvent => ({ ...one, payload: { sessionId: 's1', id: `m${index}` } })));
  fc.assert(
    fc.property(events, (before) => {
      const after = keepOrder(before, 'trial');
      for (const at of [AT, AT + 1]) {
        const order = (keys: string[]) =>
          keys.map((_, index) => index).sort((a, b) => ((keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1));
        const group = before.filter((one) => one.at === at);
        expect(order(after.filter((one) => one.at === at).map(keyOf))).toEqual(order(group.map(({ key }) => key)));
      }
    }),
    { numRuns: 50 },
  );
});

function keyOf({ type, payload, at }: KeyedEvent): string {
  const envelope = { eventType: type, eventTime: String(at), orgId: 'trial', payload };
  const reading = toDeskEvent(envelope, { orgId: 'trial', receivedAt: at });
  return reading.ok ? reading.event.key : '';
}
