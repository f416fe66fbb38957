import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { Explanation } from '../../src/engine/explain/explanation.ts';
import type { ExplainRequest } from '../../src/services/explain/explain-rule.ts';
import { BEARER, createTestApp, NOW } from './test-app.ts';

const explained: Explanation = {
  rule: { id: 'on-hold', name: 'On hold', mode: 'live', kind: 'hold' },
  sessionId: '7',
  askedAt: NOW,
  look: { kind: 'due', at: NOW - 1_000, judgedAt: NOW, rulesetHash: 'abc' },
  verdict: 'limited',
  decidedBy: 'limit',
  reason: 'fired 2 times within 1h',
  isRecorded: true,
  conditions: {
    op: 'all',
    verdict: true,
    of: [{ op: 'leaf', fact: 'session', path: '$.at', operator: 'equal', expected: 5, actual: 5, verdict: true }],
  },
  gates: [
    { name: 'conditions', result: true, blocks: false, status: 'passed' },
    {
      name: 'limit',
      used: 2,
      count: 2,
      per: 'rule',
      withinMs: 3_600_000,
      freeAt: NOW + 60_000,
      blocks: true,
      status: 'failed',
    },
    { name: 'ladder', repeat: 2, firedAt: NOW, blocks: false, status: 'not_reached' },
  ],
  changes: [{ kind: 'limit_free', at: NOW + 60_000 }],
  standing: {
    id: 'e1',
    state: 'fired',
    startedAt: NOW,
    approximate: false,
    armedBy: 'load',
    dueAt: NOW,
    falseSince: NOW - 60_000,
    snoozedUntil: NOW + 60_000,
  },
  neighbours: {
    before: [
      {
        id: 1,
        at: NOW,
        decidedAt: NOW,
        outcome: 'armed',
        reason: 'due at 2026-03-02T13:15:00.000Z, not 2026-99-02T13:15:00Z',
      },
    ],
    after: [],
  },
  notes: [],
  names: {},
};

function anApp() {
  const asked: ExplainRequest[] = [];
  const { app } = createTestApp({
    explain: async (_orgId, request) => {
      asked.push(request);
      if (request.ruleId === 'gone') throw new AppError('not_found', 'There is no rule "gone".', { remedy: 'Look.' });
      return explained;
    },
  });
  return { asked, get: (query: string) => app.request(`/api/v1/explain?${query}`, { headers: BEARER }) };
}

describe('GET /api/v1/explain', () => {
  it('gives the explanation with times as ISO texts, the values of the chat as they are, and all of it in words', async () => {
    const { get, asked } = anApp();
    const response = await get('rule=on-hold&session=7&at=-10m&lang=pt-BR&zone=America/Sao_Paulo&decision=9');
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, unknown>;
    expect(asked).toEqual([{ ruleId: 'on-hold', sessionId: '7', at: NOW - 600_000, decisionId: 9 }]);
    expect(body).toMatchObject({
      askedAt: '2026-03-02T13:00:00.000Z',
      verdict: 'limited',
      conditions: { of: [{ actual: 5 }] },
      gates: [
        { name: 'conditions' },
        { name: 'limit', freeAt: '2026-03-02T13:01:00.000Z', withinMs: 3_600_000 },
        // A number and no time.
        { name: 'ladder', repeat: 2, firedAt: '2026-03-02T13:00:00.000Z' },
      ],
      standing: { snoozedUntil: '2026-03-02T13:01:00.000Z' },
      changes: [{ kind: 'limit_free', at: '2026-03-02T13:01:00.000Z' }],
      neighbours: { before: [{ at: '2026-03-02T13:00:00.000Z' }] },
    });
    const told = (body['told'] as { text: string; mark?: string }[]).map(({ text }) => text);
    expect(told).toContain('Ela não disparou: já disparou tantas vezes quanto o limite permite.');
    // Also the instants within the sentences of decisions.
    expect(JSON.stringify(body['told'])).toMatch(/due at 02\/03\/2026, 10:15:00/);
    expect(told.join('\n')).toMatch(/as condições estão falsas desde 02\/03\/2026, 09:59:00/);
    expect(told.join('\n')).toMatch(/quando o limite ficar livre em 02\/03\/2026, 10:01:00 BRT|GMT-3/);
  });

  it.each([
    ['session=7', 400],
    ['rule=on-hold', 400],
    ['rule=on-hold&session=7&at=gestern', 400],
    ['rule=on-hold&session=7&at=2099-01-01T00:00:00Z', 400],
    ['rule=on-hold&session=7&at=2026-02-30T10:00', 400],
    ['rule=on-hold&session=7&zone=Mars', 400],
    ['rule=on-hold&session=7&lang=de', 400],
    ['rule=on-hold&session=7&sesion=8', 400],
    ['rule=gone&session=7', 404],
  ])('%s is answered %i with what to do', async (query, status) => {
    const response = await anApp().get(query);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, detail: expect.stringMatching(/./) });
  });

  it.each([
    ['2026-03-02T09:00:00-03:00', NOW - 3_600_000],
    ['2026-03-02 09:00', NOW - 3_600_000],
    ['2026-03-02T09:00:30', NOW - 3_570_000],
  ])('takes %s in the zone that is given', async (at, expected) => {
    const { get, asked } = anApp();
    const query = new URLSearchParams({ rule: 'on-hold', session: '7', at, zone: 'America/Sao_Paulo' });
    expect((await get(String(query))).status).toBe(200);
    expect(asked[0]?.at).toBe(expected);
  });

  it('is not for everybody', async () => {
    const { app } = createTestApp();
    expect((await app.request('/api/v1/explain?rule=a&session=b')).status).toBe(401);
  });
});
