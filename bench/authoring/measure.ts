import { checkFolder } from '../../src/engine/check/check-folder.ts';
import { loadRulesAndTests, runTests } from '../../src/trial/run-tests.ts';
import { formatNumber, formatTable, median } from '../statistics.ts';

/**
 * What whoever writes rules waits for: a folder of a thousand rules checked, and two hundred timelines run. Both as the
 * commands do it, without their start and the reading of files.
 */
export interface AuthoringFigures {
  rules: number;
  timelines: number;
  checkMs: number;
  testsMs: number;
  /** Tests that did not pass; there should be none. */
  failed: number;
}

export const MAX_CHECK_MS = 2_000;
export const MAX_TESTS_MS = 5_000;

const ROUNDS = 5;
/** Rules that are tested: each has so many timelines of its own. */
const TESTED = 20;

export async function measureAuthoring(rules: number, timelines: number): Promise<AuthoringFigures> {
  const folder = new Map(Array.from({ length: rules }, (_, index) => ruleFile(index)));
  const checks = times(ROUNDS, () => {
    if (!checkFolder(folder, []).ok) throw new Error('the rules of the measurement have errors');
  });
  const tested = new Map(
    Array.from({ length: TESTED }, (_, index) => [ruleFile(index), testFile(index, timelines / TESTED)]).flat(),
  );
  const runs: number[] = [];
  let failed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const loaded = loadRulesAndTests(tested);
    if (!loaded.ok) throw new Error('the tests of the measurement have errors');
    const { results } = await runTests(loaded.ruleset, loaded.tests);
    runs.push(performance.now() - startedAt);
    failed = results.filter(({ result }) => result.failure !== undefined).length;
  }
  return { rules, timelines, checkMs: median(checks), testsMs: median(runs), failed };
}

function times(rounds: number, run: () => void): number[] {
  return Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
}

const channelOf = (index: number) => `7000${String(index).padStart(5, '0')}`;

/** As people write them: a hold with a reassignment, a card and a ladder. */
function ruleFile(index: number): [string, string] {
  const rule = {
    name: `Reassign what waits on channel ${index}`,
    owner: 'support-leads',
    for: '15m',
    episodeBy: ['session.assigneeId'],
    conditions: {
      all: [
        { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' },
        { fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'AGENT' },
        { fact: 'session', path: '$.channelId', operator: 'equal', value: channelOf(index) },
      ],
    },
    actions: [
      {
        id: 'assign',
        type: 'zoho.assignSession',
        params: { pick: 'leastBusy', from: { department: '{{ channel.departmentId }}' } },
        onFailure: [{ type: 'slack.alert', params: { channel: '#chat-ops', text: 'nobody for {{ session.id }}' } }],
      },
      {
        type: 'slack.alert',
        needs: 'assign',
        params: { channel: '#chat-ops', text: '{{ session.id }} is now with {{ results.assign.agentName }}' },
      },
    ],
    steps: [{ after: '10m', actions: [{ type: 'slack.post', params: { channel: '#leads', text: 'Still waiting' } }] }],
    limit: { count: 2, per: 'session', within: '1h' },
  };
  return [`rule-${String(index).padStart(5, '0')}.rule.json`, JSON.stringify(rule, null, 2)];
}

function testFile(index: number, tests: number): [string, string] {
  const at = (offset: string, status: string) => ({
    at: offset,
    event: {
      type: 'IM_Session_Status',
      sessionId: 's1',
      sessionStatus: status,
      currentAssigneeId: 'a1',
      assigneeType: 'AGENT',
      channelId: channelOf(index),
    },
  });
  const test = (number: number) => ({
    name: `a chat that nobody answers, ${number}`,
    world: {
      channels: [{ id: channelOf(index), departmentId: 'd1' }],
      agents: ['a1', 'a2', 'a3'].map((id) => ({ id, departments: ['d1'] })),
    },
    steps: [
      at('0s', 'ON_HOLD'),
      { at: '14m59s', expect: [] },
      { at: '15m', expect: [{ type: 'zoho.assignSession', params: { agentId: 'a2' } }, { type: 'slack.alert' }] },
      { at: '25m', expect: [{ type: 'slack.post' }] },
      { ...at('30m', 'ENDED'), cards: [{ state: 'resolved' }] },
    ],
  });
  const file = { tests: Array.from({ length: tests }, (_, number) => test(number)) };
  return [`rule-${String(index).padStart(5, '0')}.test.json`, JSON.stringify(file)];
}

export function formatAuthoring({ rules, timelines, checkMs, testsMs }: AuthoringFigures): string {
  return formatTable([
    ['what people wait for', 'ms', 'at most'],
    [`${formatNumber(rules)} rules checked`, formatNumber(checkMs), formatNumber(MAX_CHECK_MS)],
    [`${formatNumber(timelines)} timelines run`, formatNumber(testsMs), formatNumber(MAX_TESTS_MS)],
  ]);
}
