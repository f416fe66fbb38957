import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { type Service, startService } from '../../src/runtime/service.ts';
import { ADMIN_TOKEN, postWebhook, type Surroundings, startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/wait.ts';

/** The whole service when Zoho Desk says something new: kept, counted, told in Slack, accepted. */
const RULE = {
  name: 'Every open chat',
  on: ['IM_Session_Status'],
  onUnknown: 'skip',
  conditions: {
    all: [
      { fact: 'session', path: '$.status', operator: 'exists', value: true },
      { fact: 'session', path: '$.status', operator: 'notEqual', value: 'ENDED' },
    ],
  },
  actions: [{ type: 'record', params: { dataset: 'open', fields: { session: '{{ session.id }}' } } }],
};

let around: Surroundings;
let service: Service;
let dataDir: string;

beforeAll(async () => {
  around = await startSurroundings({ 'open.rule.json': RULE });
  dataDir = await mkdtemp(join(tmpdir(), 'vigia-vocabulary-'));
  const env = { ...around.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, SLACK_OWNER_CHANNEL: '#vigia' };
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  service = await startService({ config: parsed.config, watchRules: false });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await around?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function send(sessionId: string): Promise<void> {
  const { orgId } = around.zoho.world;
  const payload = { sessionId, sessionStatus: 'PARKED', channelId: 'c1' };
  const item = { orgId, eventType: 'IM_Session_Status', eventTime: String(Date.now()), payload };
  expect(await postWebhook(service.url, around.zoho, [item])).toBe(true);
}

const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
async function list(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${service.url}/api/v1${path}`, { headers });
  return ((await response.json()) as { data: Record<string, unknown>[] }).data;
}

test('a status never seen before is left alone by a careful rule, told once, counted, and known once it is accepted', async () => {
  await send('first');
  const entry = await until('an entry', async () => (await list('/vocabulary?state=new'))[0]);
  expect(entry).toMatchObject({ field: 'session.status', value: 'PARKED', rules: [{ id: 'open', onUnknown: 'skip' }] });
  const [skipped] = await list('/decisions?sessionId=first');
  expect(skipped).toMatchObject({
    outcome: 'skipped',
    reason: expect.stringContaining('vigia vocabulary accept PARKED'),
  });
  const told = await until('the owner to be told', async () => around.slack.messages('#vigia')[0]);
  expect(told.text).toContain('"PARKED"');

  await send('second');
  await until('the count to be written', async () => (await list('/vocabulary'))[0]?.['seen'] === 2 || undefined);

  const body = JSON.stringify({ value: 'PARKED', by: 'Ana' });
  const accepted = await fetch(`${service.url}/api/v1/vocabulary/accept`, { method: 'POST', headers, body });
  expect(accepted.status).toBe(200);
  await send('third');
  await until('the rule to fire', async () => (await list('/decisions?sessionId=third&outcome=fired'))[0]);
  expect(await list('/records/open')).toMatchObject([{ fields: { session: 'third' } }]);
  expect(around.slack.messages('#vigia')).toHaveLength(1);
}, 60_000);
