import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ZohoAvailability } from '../../src/delivery/zoho-desk/zoho-records.ts';
import type { ZohoResult } from '../../src/delivery/zoho-desk/zoho-result.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { createPresence } from '../../src/services/presence.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, START } from '../support/timeline.ts';

const rule = (path: string, value: unknown) => ({
  name: 'Agents',
  every: '5m',
  conditions: { all: [{ fact: 'agent', path, operator: 'equal', value }] },
  actions: [{ type: 'slack.post', params: { channel: '#ops', text: '{{ agent.name }}' } }],
});
const DIRECTORY = { agents: { 'desk-1': { name: 'Ana', zuid: 'zuid-1' } } };

describe.each(databases)('presence on $kind', ({ open }) => {
  let database: TestDatabase;
  let portal = 0;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());

  function setUp(path: string, value: unknown) {
    portal += 1;
    const clock = createManualClock(START);
    const ruleset: CompiledRuleset = loadRules({ 'a.rule.json': rule(path, value), 'directory.json': DIRECTORY });
    let answer: ZohoResult<ZohoAvailability[]> = {
      ok: true,
      value: [{ agentId: 'desk-1', chatStatus: 'ONLINE', status: undefined, online: true }],
    };
    let calls = 0;
    const client = {
      agentAvailability: async () => {
        calls += 1;
        return answer;
      },
    };
    const make = () =>
      createPresence({
        database,
        clock,
        orgId: `presence-${portal}`,
        client,
        ruleset: () => ruleset,
        directory: () => ruleset.directory,
      });
    return {
      clock,
      make,
      calls: () => calls,
      answers(next: typeof answer) {
        answer = next;
      },
    };
  }
  const signal = new AbortController().signal;

  test('is read once a minute for all processes, and known by either id', async () => {
    const { clock, make, calls } = setUp('$.online', false);
    const [one, other] = [make(), make()];
    expect(one.online('zuid-1')).toBeUndefined();
    await one.refresh(signal);
    await one.refresh(signal);
    await other.refresh(signal);
    expect(calls()).toBe(1);
    expect([one.online('zuid-1'), other.online('desk-1'), one.online('nobody')]).toEqual([true, true, undefined]);
    clock.advance(MINUTE);
    await other.refresh(signal);
    await one.refresh(signal);
    expect(calls()).toBe(2);
  });

  test('is not known any more when Zoho has not told it for five minutes, and Zoho is asked no more often for that', async () => {
    const { clock, make, calls, answers } = setUp('$.online', false);
    const watch = make();
    await watch.refresh(signal);
    answers({ ok: false, kind: 'unavailable', reason: 'down' });
    for (let second = 0; second < 300; second += 10) {
      clock.advance(10_000);
      await watch.refresh(signal);
      if (second === 200) expect(watch.online('zuid-1')).toBe(true);
    }
    expect(watch.online('zuid-1')).toBeUndefined();
    expect(calls()).toBe(6);
  });

  test('is not asked for when no condition reads it', async () => {
    const { make, calls } = setUp('$.openSessions', 3);
    await make().refresh(signal);
    expect(calls()).toBe(0);
  });
});
