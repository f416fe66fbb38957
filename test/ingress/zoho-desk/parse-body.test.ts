import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeskEvent } from '../../../src/domain/event.ts';
import type { ParsedItem } from '../../../src/ingress/parsed-item.ts';
import { parseZohoBody } from '../../../src/ingress/zoho-desk/parse-body.ts';

const RECEIVED_AT = Date.parse('2026-03-02T13:00:00Z');
const receipt = { orgId: '106553778', receivedAt: RECEIVED_AT };

const STATUS_PAYLOAD = {
  currentAssigneeId: '106554156',
  sessionStatus: 'ON_HOLD',
  replyStatus: 'ACCEPTED',
  sessionOldStatus: 'ENDED',
  sessionId: '65403000000038063',
  messagesCount: '23',
  assigneeType: 'AGENT',
  channelId: '65403000000038011',
};
const STATUS_EVENT = {
  payload: STATUS_PAYLOAD,
  eventTime: '1751022087019',
  eventType: 'IM_Session_Status',
  orgId: '106553778',
};
const MESSAGE_EVENT = {
  payload: {
    actor: { contactId: '186543000000451259', name: 'Kamal Nayan', externalId: '+919878765654', type: 'ENDUSER' },
    messageType: 'TEXT',
    meta: { DESK_TICKET_ID: '186543000001543003', DESK_TICKET_NUMBER: '434' },
    integration: 'WHATSAPP',
    createdTime: '1710293987000',
    sessionId: '3942000001025025',
    id: '3942000001321149',
    text: 'I have some issues with my phone',
    channelId: '3942000000995017',
    direction: 'IN',
    status: 'SAVED',
  },
  eventTime: '1710313788286',
  eventType: 'IM_Message_Add',
  orgId: '106553778',
};

function parseText(text: string): ParsedItem[] {
  const body = parseZohoBody(text, receipt);
  if (!body.ok) throw new Error(`expected items, got: ${body.reason}`);
  return body.items;
}

function getEvent(item: unknown): DeskEvent {
  const [parsed] = parseText(JSON.stringify([item]));
  if (!parsed?.ok) throw new Error(`expected an event, got: ${parsed?.reason}`);
  return parsed.event;
}

describe('the events of the documentation', () => {
  it('IM_Session_Status belongs to its session', () => {
    expect(getEvent(STATUS_EVENT)).toEqual({
      orgId: '106553778',
      source: 'zoho-desk',
      type: 'IM_Session_Status',
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      subject: '65403000000038063',
      sessionId: '65403000000038063',
      at: 1751022087019,
      receivedAt: RECEIVED_AT,
      payload: { ...STATUS_PAYLOAD, messagesCount: 23 },
    });
  });

  it('IM_Message_Add keeps all its fields', () => {
    expect(getEvent(MESSAGE_EVENT)).toMatchObject({
      sessionId: '3942000001025025',
      at: 1710313788286,
      payload: MESSAGE_EVENT.payload,
    });
  });

  it('Ticket_Update belongs to its ticket and keeps the state before', () => {
    const previous = { id: '31138000011967402', status: 'On Hold', closedTime: null };
    const event = getEvent({
      prevState: previous,
      payload: { id: '31138000011967402', status: 'Open', closedTime: null },
      eventTime: '1618493667780',
      eventType: 'Ticket_Update',
      orgId: '106553778',
    });
    expect(event).toMatchObject({ subject: 'Ticket:31138000011967402', previous });
    expect(event.sessionId).toBeUndefined();
  });

  it('an event of an unknown type that names nothing is its own subject', () => {
    expect(getEvent({ ...STATUS_EVENT, eventType: 'Desk_Wide_Notice', payload: { note: 1 } }).subject).toBe(
      'Desk_Wide_Notice',
    );
  });
});

describe('leniency', () => {
  it('takes a single object for an array of one', () => {
    expect(parseText(JSON.stringify(STATUS_EVENT))).toEqual(parseText(JSON.stringify([STATUS_EVENT])));
  });

  it('takes an empty array for no events', () => {
    expect(parseText('[]')).toEqual([]);
  });

  it('takes numbers for strings without changing what the event is', () => {
    const asNumbers = {
      ...STATUS_EVENT,
      orgId: 106553778,
      eventTime: 1751022087019,
      payload: { ...STATUS_PAYLOAD, currentAssigneeId: 106554156, messagesCount: 23 },
    };
    expect(getEvent(asNumbers)).toEqual(getEvent(STATUS_EVENT));
  });

  it('loses no digit of an id that a double cannot hold', () => {
    const text = JSON.stringify([STATUS_EVENT])
      .replace('"65403000000038063"', '186543000000451259187')
      .replace('"65403000000038011"', ' -99999999999999999');
    const [item] = parseText(text);
    expect(item).toMatchObject({
      ok: true,
      event: {
        sessionId: '186543000000451259187',
        payload: { sessionId: '186543000000451259187', channelId: '-99999999999999999' },
      },
    });
  });

  it('keeps digits within texts as they are, and a number beyond all numbers as its text', () => {
    const text = JSON.stringify([
      { ...MESSAGE_EVENT, payload: { ...MESSAGE_EVENT.payload, text: 'a\\" ,12345678901234567890: "', big: 0 } },
    ]).replace('"big":0', '"big":1e999');
    const [item] = parseText(text);
    expect(item).toMatchObject({
      ok: true,
      event: { payload: { text: 'a\\" ,12345678901234567890: "', big: '1e999' } },
    });
  });

  it('keeps unknown fields, unknown values, null and empty ones', () => {
    const payload = { ...STATUS_PAYLOAD, sessionStatus: 'PAUSED', currentAssigneeId: null, assigneeType: '', new: [1] };
    expect(getEvent({ ...STATUS_EVENT, payload }).payload).toEqual({ ...payload, messagesCount: 23 });
  });

  it('keeps a count that no column holds as a text', () => {
    const payload = { ...STATUS_PAYLOAD, messagesCount: 99_999_999_999 };
    expect(getEvent({ ...STATUS_EVENT, payload }).payload.messagesCount).toBe('99999999999');
  });

  it('reads an event time in ISO 8601 with its offset', () => {
    expect(getEvent({ ...STATUS_EVENT, eventTime: '2026-03-02T09:59:00-03:00' }).at).toBe(RECEIVED_AT - 60_000);
  });

  it('does not believe a time more than two minutes ahead', () => {
    const at = (eventTime: number) => getEvent({ ...STATUS_EVENT, eventTime: String(eventTime) }).at;
    expect(at(RECEIVED_AT + 120_000)).toBe(RECEIVED_AT + 120_000);
    expect(at(RECEIVED_AT + 120_001)).toBe(RECEIVED_AT);
  });

  it('believes a time by the source’s clock where ours is known to be behind it', () => {
    const latestSourceTime = RECEIVED_AT + 4_200_000;
    const at = (eventTime: number) => {
      const body = JSON.stringify([{ ...STATUS_EVENT, eventTime: String(eventTime) }]);
      const parsed = parseZohoBody(body, { ...receipt, latestSourceTime });
      return parsed.ok && parsed.items[0]?.ok ? parsed.items[0].event.at : undefined;
    };
    expect(at(latestSourceTime)).toBe(latestSourceTime);
    expect(at(latestSourceTime + 120_001)).toBe(RECEIVED_AT);
  });
});

describe('what is rejected, with the field that is at fault', () => {
  it.each([
    ['no eventType', { eventType: undefined }, 'eventType is missing'],
    ['no eventTime', { eventTime: '' }, 'eventTime is missing'],
    ['no orgId', { orgId: null }, 'orgId is missing'],
    ['no payload', { payload: undefined }, 'payload is missing'],
    ['a payload that is no object', { payload: [1] }, 'payload is not an object'],
    ['a time that is none', { eventTime: 'yesterday' }, 'eventTime is not a time in epoch milliseconds'],
    [
      'a time without its offset',
      { eventTime: '2026-03-02T10:00:00' },
      'eventTime is not a time in epoch milliseconds',
    ],
    ['a time before 1970', { eventTime: -1 }, 'eventTime is not a time in epoch milliseconds'],
    ['another portal', { orgId: '1' }, 'orgId is not the portal that signed the request'],
    ['a status without its session', { payload: { sessionStatus: 'OPEN' } }, 'payload.sessionId is missing'],
    ['an endless type', { eventType: 'x'.repeat(101) }, 'eventType is longer than 100 characters'],
    [
      'an endless id',
      { payload: { ...STATUS_PAYLOAD, sessionId: '1'.repeat(201) } },
      'payload.sessionId is longer than 200 characters',
    ],
  ])('%s', (_name, change, reason) => {
    const item = { ...STATUS_EVENT, ...change };
    expect(parseText(JSON.stringify([item]))).toEqual([
      {
        ok: false,
        orgId: '106553778',
        source: 'zoho-desk',
        receivedAt: RECEIVED_AT,
        reason,
        raw: JSON.parse(JSON.stringify(item)),
      },
    ]);
  });

  it('an item that is no object, or nested too deep, without what came', () => {
    const deep = `[${'['.repeat(100_000)}${']'.repeat(100_000)},"text",${JSON.stringify(STATUS_EVENT)}]`;
    expect(parseText(deep)).toMatchObject([
      { ok: false, reason: 'the item is not an object', raw: undefined },
      { ok: false, reason: 'the item is not an object', raw: undefined },
      { ok: true },
    ]);
    const nested = `[{"payload":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}},${JSON.stringify(STATUS_EVENT)}]`;
    expect(parseText(nested)).toMatchObject([{ ok: false, reason: 'the item is nested too deep' }, { ok: true }]);
  });

  it.each(['', 'hello', '"text"', '12', 'null', 'true', '[{]', '{"a":1}}'])('the whole body %s', (text) => {
    expect(parseZohoBody(text, receipt).ok).toBe(false);
  });

  it('a body with more items than a mebibyte can hold', () => {
    expect(parseZohoBody(`[${'1,'.repeat(5_000)}1]`, receipt).ok).toBe(false);
    expect(parseZohoBody(`[${'1,'.repeat(4_999)}1]`, receipt).ok).toBe(true);
  });
});

describe('the key', () => {
  it('of a message is its id, whatever else the repeat says', () => {
    const repeat = {
      ...MESSAGE_EVENT,
      eventTime: '1710313788999',
      payload: { ...MESSAGE_EVENT.payload, status: 'READ' },
    };
    expect(getEvent(repeat).key).toBe(getEvent(MESSAGE_EVENT).key);
    const other = { ...MESSAGE_EVENT, payload: { ...MESSAGE_EVENT.payload, id: '1' } };
    expect(getEvent(other).key).not.toBe(getEvent(MESSAGE_EVENT).key);
  });

  it('of a status tells types, times and contents apart', () => {
    const key = getEvent(STATUS_EVENT).key;
    for (const change of [
      { eventType: 'IM_Message_Status' },
      { eventTime: '1751022087020' },
      { payload: { ...STATUS_PAYLOAD, sessionStatus: 'OPEN' } },
    ]) {
      expect(getEvent({ ...STATUS_EVENT, ...change }).key).not.toBe(key);
    }
  });

  it('of an event with a time that is not believed stays the same for each receipt', () => {
    const text = JSON.stringify({ ...STATUS_EVENT, eventTime: String(RECEIVED_AT + 3_600_000) });
    const keys = [0, 5_000].map((delay) => {
      const body = parseZohoBody(text, { ...receipt, receivedAt: RECEIVED_AT + delay });
      const item = body.ok ? body.items[0] : undefined;
      return item?.ok ? item.event.key : undefined;
    });
    expect(keys[0]).toBeDefined();
    expect(keys[1]).toBe(keys[0]);
  });
});

/** Any JSON, with the texts that PostgreSQL refuses in it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', 'a\0b', '\uD800', '\uDC00x', '__proto__', 'id', 'sessionId'),
);
const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.letrec((tie) => ({
    tree: fc.oneof(
      anyText,
      fc.double(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(anyText, tie('tree'), { maxKeys: 4 }),
    ),
  })).tree,
);

describe('for any input', () => {
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseZohoBody(text, receipt)));
    fc.assert(fc.property(anyJson, (value) => void parseZohoBody(JSON.stringify(value), receipt)));
  });

  it('a broken item loses neither its neighbours nor its place', () => {
    const broken = fc.oneof(anyJson, fc.record({ ...fcConstants(STATUS_EVENT), payload: anyJson }));
    fc.assert(
      fc.property(fc.array(broken, { maxLength: 5 }), fc.array(broken, { maxLength: 5 }), (before, after) => {
        const items = parseText(JSON.stringify([...before, STATUS_EVENT, ...after]));
        expect(items).toHaveLength(before.length + 1 + after.length);
        expect(items[before.length]).toEqual({ ok: true, event: getEvent(STATUS_EVENT) });
      }),
    );
  });

  it('everything that comes out can be stored as jsonb', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = JSON.stringify([value, { ...STATUS_EVENT, payload: { sessionId: '1', value } }]);
        for (const item of parseText(text)) {
          const stored = JSON.stringify(item);
          expect(stored).not.toMatch(/(?<!\\)(?:\\\\)*\\u0000/);
          expect(stored).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/i);
        }
      }),
    );
  });

  it('the same event has the same key, whatever the order of its fields', () => {
    fc.assert(
      fc.property(anyJson, fc.infiniteStream(fc.nat()), (value, order) => {
        const event = { ...STATUS_EVENT, payload: { ...STATUS_PAYLOAD, extra: value } };
        expect(getEvent(shuffleKeys(event, order)).key).toBe(getEvent(event).key);
      }),
    );
  });
});

function fcConstants(record: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fc.constant(value)]));
}

/** The same value with the keys of its objects in another order. */
function shuffleKeys(value: unknown, order: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffleKeys(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => ({
    entry: [key, shuffleKeys(child, order)] as const,
    place: Number(order.next().value),
  }));
  entries.sort((a, b) => a.place - b.place);
  return Object.fromEntries(entries.map(({ entry }) => entry));
}
