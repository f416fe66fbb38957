import { expect, test } from 'vitest';
import { createJudging, decisionsOf } from '../../src/trial/judging.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';

test('rules that are tried in memory are held back as in the service', async () => {
  const revoked = aRule({
    id: 'revoked',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'REVOKED' }] },
    actions: [anAction('slack.alert', { channel: '#ops', text: 'revoked' })],
  });
  const held = aRule({ id: 'held', inhibitedBy: ['revoked'], trigger: { kind: 'hold', forMs: MINUTE } });
  const ruleset = rulesetOf([revoked, held]);
  const judging = createJudging({
    orgId: 'o1',
    ruleset,
    channels: () => new Map(),
    start: START,
    online: () => undefined,
  });
  const mark = { sessionId: 'mark' };
  await judging.take([statusEvent(START, 'REVOKED', mark), statusEvent(START, 'ON_HOLD', { old: 'OPEN' })], START);
  const outcomesAt = async (at: number) => decisionsOf(await judging.due(at)).map(({ outcome }) => outcome);
  expect(await outcomesAt(START + MINUTE)).toEqual(['inhibited']);
  expect(await outcomesAt(START + 2 * MINUTE)).toEqual([]);
  await judging.take(
    [statusEvent(START + 2 * MINUTE + 1, 'ENDED', { ...mark, old: 'REVOKED' })],
    START + 2 * MINUTE + 1,
  );
  expect(await outcomesAt(START + 3 * MINUTE)).toEqual(['fired']);
});
