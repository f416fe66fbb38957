import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEventLines } from '../../../src/cli/read-event-lines.ts';
import { runDay } from '../../../src/trial/day/run-day.ts';
import { makeFolder } from '../../cli/support/temporary-folder.ts';
import { load, START } from '../simulation/planted.ts';

const HOLD = {
  name: 'Ten minutes on hold',
  for: '10m',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  actions: [
    { type: 'zoho.assignSession', params: { pick: 'leastBusy', from: { department: '{{ channel.departmentId }}' } } },
  ],
};
const held = (sessionId: string, more: object = {}) =>
  JSON.stringify({
    type: 'IM_Session_Status',
    at: '0s',
    sessionId,
    sessionStatus: 'ON_HOLD',
    channelId: 'c9',
    ...more,
  });

async function* lines(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

describe('a day', () => {
  it('of more events than are kept in memory is refused', async () => {
    const ruleset = load({ hold: HOLD });
    const options = { start: START, maxEvents: 2 };
    expect(await runDay(ruleset, lines(held('s1'), held('s2'), held('s3')), options)).toMatchObject({
      ok: false,
      reason: 'tooMany',
    });
    expect(await runDay(ruleset, lines(held('s1'), held('s2')), options)).toMatchObject({ ok: true });
  });

  it('ends when everything that is waited for has come due, on channels that nobody has named, too', async () => {
    const result = await runDay(load({ hold: HOLD }), lines(held('s1')), { start: START });
    if (!result.ok) throw new Error(result.reason);
    const { rules, untilAt, invariants } = result.report;
    expect(rules[0]).toMatchObject({
      firings: 1,
      examples: [{ at: START + 600_000, sessionId: 's1', step: 0 }],
      actions: [{ type: 'zoho.assignSession', state: 'delivered', count: 1 }],
    });
    expect(untilAt).toBeGreaterThan(START + 600_000);
    expect(invariants.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('is read line by line, with lines of any length and ends of any kind', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'events.jsonl');
    const long = held('s2', { padding: 'x'.repeat(1_200_000) });
    await writeFile(path, `\uFEFF${held('s1')}\r\n\n${long}\n${held('s3', { padding: 'ç'.repeat(70_000) })}`);
    const result = await runDay(load({ hold: HOLD }), readEventLines(path), { start: START });
    if (!result.ok) throw new Error(result.reason);
    expect(result.report).toMatchObject({
      events: 2,
      chats: 2,
      skipped: 1,
      faults: [{ line: 3, reason: 'it is longer than 1 MiB' }],
    });
  });
});
