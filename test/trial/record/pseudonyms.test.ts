import { describe, expect, it } from 'vitest';
import { blankPersonal } from '../../../src/domain/personal.ts';
import { createPseudonyms } from '../../../src/trial/record/pseudonyms.ts';

describe('made-up ids', () => {
  it('stand for the same real one wherever it is, and tell what it is of', () => {
    const names = createPseudonyms([]);
    const payload = {
      id: '8801',
      sessionId: '65403000001234567',
      channelId: '65403000000038011',
      currentAssigneeId: '106554156',
      actor: { type: 'AGENT', id: '106554156', contactId: '991' },
      meta: { DESK_TICKET_ID: '65403000000999001' },
    };
    expect(names.payload(payload)).toEqual({
      id: 'm1',
      sessionId: 's1',
      channelId: 'c1',
      currentAssigneeId: 'a1',
      actor: { type: 'AGENT', id: 'a1', contactId: 'k1' },
      meta: { DESK_TICKET_ID: 't1' },
    });
    expect(names.of('sessionId', '65403000001234567')).toBe('s1');
    expect(names.of('sessionId', '65403000007654321')).toBe('s2');
  });

  it('leave nothing that could be somebody, and keep what rules compare with', () => {
    const names = createPseudonyms(['{ "value": "VIP customers", "in": ["106554156"] }']);
    const payload = {
      sessionStatus: 'ON_HOLD',
      currentAssigneeId: '106554156',
      messagesCount: 12,
      phoneNumber: 5511987654321,
      note: 'call Ana at ana@example.com',
      segment: 'VIP customers',
      text: 'ANA',
      contactName: 'ANA',
      tags: ['+55 11 98765-4321', 'URGENT'],
    };
    expect(names.payload(blankPersonal(payload))).toEqual({
      sessionStatus: 'ON_HOLD',
      currentAssigneeId: '106554156',
      messagesCount: 12,
      phoneNumber: 0,
      note: 'x1',
      segment: 'VIP customers',
      text: '[blanked]',
      contactName: '[blanked]',
      tags: ['x2', 'URGENT'],
    });
    expect(names.kept()).toEqual(['106554156']);
  });
});
