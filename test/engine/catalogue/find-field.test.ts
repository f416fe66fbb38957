import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/domain/session.ts';
import { FACTS } from '../../../src/engine/catalogue/facts.ts';
import { findField, listPaths } from '../../../src/engine/catalogue/find-field.ts';

describe('the catalogue of facts', () => {
  it('lists every field of a session but what is internal', () => {
    const internal = ['orgId', 'lastEventAt', 'statusSinceApproximate'];
    const all: Record<keyof Session, true> = {
      orgId: true,
      id: true,
      status: true,
      previousStatus: true,
      statusSince: true,
      statusSinceApproximate: true,
      replyStatus: true,
      assigneeId: true,
      assigneeType: true,
      channelId: true,
      integration: true,
      messagesCount: true,
      createdAt: true,
      firstAssignedAt: true,
      firstResponseAt: true,
      lastInboundAt: true,
      lastOutboundAt: true,
      endedAt: true,
      waitingSince: true,
      holds: true,
      reassignments: true,
      messagesIn: true,
      messagesOut: true,
      timeIn: true,
      ticketId: true,
      contactId: true,
      lastEventAt: true,
    };
    const expected = Object.keys(all).filter((name) => !internal.includes(name));
    expect(Object.keys(FACTS.session.fields).sort()).toEqual(expected.sort());
  });

  it('finds a field with its kind, and says when it may be absent', () => {
    expect(findField('session', ['status'])).toMatchObject({
      kind: 'field',
      optional: true,
      field: { kind: 'string' },
    });
    expect(findField('session', ['holds'])).toMatchObject({ kind: 'field', optional: false });
    expect(findField('session', ['timeIn', 'ON_HOLD'])).toMatchObject({ kind: 'field', optional: true });
    expect(findField('event', ['actor', 'name'])).toMatchObject({ kind: 'field', personal: true });
  });

  it('knows what cannot be there', () => {
    expect(findField('session', ['statu'])).toMatchObject({ kind: 'unknown', name: 'statu' });
    expect(findField('session', ['status', 'x'])).toMatchObject({ kind: 'unknown', name: 'x', known: [] });
    expect(findField('queues', [])).toMatchObject({ kind: 'unknown', name: 'queues' });
    expect(findField('session', ['toString'])).toMatchObject({ kind: 'unknown' });
  });

  it('takes any field of an event, and knows which are personal by their name', () => {
    expect(findField('event', ['cf', 'vip'])).toMatchObject({ kind: 'open', personal: false });
    expect(findField('event', ['contact', 'email'])).toMatchObject({ kind: 'open', personal: true });
    expect(findField('event', ['text'], ['IM_Session_Status'])).toMatchObject({ kind: 'open', personal: true });
  });

  it('lists dotted paths', () => {
    expect(listPaths('event').map(([path]) => path)).toContain('actor.externalId');
  });
});
