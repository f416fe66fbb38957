import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { compileRuleset } from '../../src/engine/compile.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';
import { createDueQueue } from '../../src/trial/due-queue.ts';
import { createJudging, type Judging } from '../../src/trial/judging.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';

/** Rules that look back in every way there is. */
const RULES = rulesOf({
  held: { for: '4m', conditions: { all: [status('ON_HOLD')] }, limit: { count: 1, per: 'session', within: '30m' } },
  busy: { for: '3m', conditions: { all: [status('OPEN')] }, limit: { count: 5, per: 'channel', within: '20m' } },
  often: {
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        {
          fact: 'history',
          params: { by: 'channel', status: 'ON_HOLD', within: '15m' },
          path: '$.count',
          operator: 'greaterThan',
          value: 3,
        },
      ],
    },
  },
  seen: {
    on: ['IM_Message_Status'],
    conditions: {
      all: [
        {
          fact: 'history',
          params: { by: 'session', event: 'IM_Message_Status', within: '10m' },
          path: '$.count',
          operator: 'greaterThanInclusive',
          value: 2,
        },
      ],
    },
  },
  morning: {
    on: ['IM_Session_Status'],
    during: 'mornings',
    outside: 'wait',
    conditions: { all: [{ fact: 'transition', path: '$.to', operator: 'equal', value: 'ENDED' }] },
  },
  silent: {
    every: '4m',
    conditions: { all: [{ fact: 'channel', path: '$.silentSeconds', operator: 'greaterThan', value: 60 }] },
  },
  queue: {
    every: '5m',
    conditions: {
      all: [
        { fact: 'queue', params: { status: 'ON_HOLD' }, path: '$.count', operator: 'greaterThanInclusive', value: 2 },
      ],
    },
  },
});

function status(value: string) {
  return { fact: 'session', path: '$.status', operator: 'equal', value };
}

function rulesOf(rules: Record<string, object>): CompiledRuleset {
  const actions = [{ type: 'dashboard.update', params: { tile: 'Seen', add: 1 } }];
  const files = Object.entries(rules).map(([id, rule]): [string, string] => [
    `${id}.rule.json`,
    JSON.stringify({ name: id, actions, ...rule }),
  ]);
  const calendars = { mornings: { zone: 'America/Sao_Paulo', hours: { 'mon-sun': ['08:00-13:30'] } } };
  const loaded = loadRuleset(new Map([...files, ['calendars.json', JSON.stringify(calendars)]]));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return compileRuleset(loaded.ruleset);
}

const CHATS = 240;
const LATE_MS = 16 * MINUTE;

/** A chat a minute for four hours, each over after seventeen minutes; every fifth tells of its hold when it is over. */
function eventsOf(): DeskEvent[] {
  const all: DeskEvent[] = [];
  for (let chat = 0; chat < CHATS; chat += 1) {
    const sessionId = `s${chat}`;
    const at = START + chat * MINUTE;
    const more = { sessionId, channelId: `c${chat % 3}`, currentAssigneeId: `a${chat % 5}` };
    const hold = statusEvent(at + 5 * MINUTE, 'ON_HOLD', { ...more, old: 'OPEN' });
    const lateMs = chat % 5 === 0 ? LATE_MS : 0;
    const read = { ...statusEvent(at + 7 * MINUTE, 'READ', more), type: 'IM_Message_Status' };
    all.push(
      statusEvent(at, 'OPEN', more),
      messageEvent(at + MINUTE, 'IN', { channelId: `c${chat % 3}` }, sessionId),
      { ...hold, receivedAt: hold.at + lateMs },
      read,
      { ...read, key: `${read.key.slice(1)}0`, at: read.at + MINUTE, receivedAt: read.at + MINUTE },
      statusEvent(at + 11 * MINUTE, 'OPEN', { ...more, old: 'ON_HOLD' }),
      statusEvent(at + 17 * MINUTE, 'ENDED', { ...more, old: 'OPEN' }),
    );
  }
  return all.sort((a, b) => a.receivedAt - b.receivedAt);
}

function judgingOf(forgetAfterMs?: number): Judging {
  return createJudging({
    orgId: 'o1',
    ruleset: RULES,
    channels: () => new Map(),
    start: START,
    online: () => undefined,
    forgetAfterMs,
  });
}

/** Everything that is decided, in order, and the most subjects that were kept at once. */
async function replay(judging: Judging): Promise<{ decisions: Decision[]; most: number }> {
  const decisions: Decision[] = [];
  let most = 0;
  const passBefore = async (at: number) => {
    for (let next = judging.nextAt(); next !== undefined && next < at; next = judging.nextAt()) {
      for (const { effects } of await judging.due(next)) decisions.push(...effects.decisions);
    }
  };
  for (const event of eventsOf()) {
    await passBefore(event.receivedAt);
    for (const { effects } of await judging.take([event], event.receivedAt)) decisions.push(...effects.decisions);
    most = Math.max(most, [...judging.subjects()].length);
  }
  await passBefore(START + 23 * 60 * MINUTE);
  return { decisions, most };
}

describe('judging that forgets what has passed', () => {
  test('decides what it would decide if it forgot nothing, late events among them, and keeps few of the chats', async () => {
    const whole = await replay(judgingOf());
    const forgetting = judgingOf(20 * MINUTE);
    const { decisions, most } = await replay(forgetting);
    expect(decisions).toEqual(whole.decisions);
    // A chat lasts 17 minutes, is kept for 20 more, and they are looked through every 5; those of the last hour wait for the
    // morning, and beside them there are the rules' own subjects.
    expect(most).toBeLessThan(17 + 20 + 5 + 60 + 10);
    expect(whole.most).toBeGreaterThanOrEqual(CHATS);
    expect(forgetting.forgotten()).toBe(CHATS);
    const outcomes = new Set(decisions.map(({ ruleId, outcome }) => `${ruleId} ${outcome}`));
    for (const rule of ['held', 'busy', 'often', 'seen', 'morning', 'silent', 'queue']) {
      expect([...outcomes], rule).toContain(`${rule} fired`);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['busy limited', 'morning closed', 'held resolved']));
  });

  test('takes an event of a forgotten chat for that of a new one', async () => {
    const judging = judgingOf(20 * MINUTE);
    await replay(judging);
    const at = START + 25 * 60 * MINUTE;
    const [judged] = await judging.take([statusEvent(at, 'OPEN', { sessionId: 's7', old: 'ENDED' })], at);
    expect(judged?.state.session).toMatchObject({ createdAt: at, previousStatus: 'ENDED', holds: 0 });
    expect(judged?.effects.transitions[0]).not.toHaveProperty('known');
  });

  test('keeps a chat of which something is still open, and what waits for a calendar with its event', async () => {
    const judging = judgingOf(MINUTE);
    const afternoon = START + 5 * 60 * MINUTE;
    await judging.take([statusEvent(afternoon, 'ENDED', { old: 'OPEN' })], afternoon);
    const morning = judging.nextAt() ?? 0;
    for (let at = afternoon; at < START + 22 * 60 * MINUTE; at += 10 * MINUTE) await judging.due(at);
    const fired = (await judging.due(START + 22 * 60 * MINUTE)).flatMap(({ effects }) => effects.decisions);
    expect(morning).toBeGreaterThan(0);
    expect(fired.filter(({ ruleId }) => ruleId === 'morning').map(({ outcome }) => outcome)).toEqual(['fired']);
    expect(judging.forgotten()).toBe(0);
  });
});

test('the queue of due times stays in order while moments change over and over', () => {
  const queue = createDueQueue();
  for (let round = 0; round < 3_000; round += 1) {
    for (const subject of ['a', 'b', 'c']) queue.set(subject, 1_000_000 + ((round * 7) % 10) + subject.charCodeAt(0));
  }
  queue.set('b', 5);
  expect(queue.nextAt()).toBe(5);
  expect(queue.take(2_000_000)).toEqual(['b', 'a', 'c']);
  expect(queue.nextAt()).toBeUndefined();
});
