import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { type Service, startService } from '../../src/runtime/service.ts';
import { clickBody, signSlackRequest } from '../../src/sandbox/slack/interaction.ts';
import type { SlackMessage } from '../../src/sandbox/slack/workspace.ts';
import { ADMIN_TOKEN, postWebhook, type Surroundings, startSurroundings } from '../support/surroundings.ts';
import { pause, until } from '../support/wait.ts';

/** The whole service between a stand-in Slack and a stand-in Zoho Desk: from the card to the click and back to the card. */
const ANA = 'U04ANASOUZA';
const RULE = {
  name: 'Held',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  for: '1s',
  actions: [{ type: 'slack.alert', params: { channel: '#chat-ops', text: 'held {{ session.id }}' } }],
  steps: [
    {
      after: '3s',
      actions: [{ type: 'slack.post', params: { channel: '#supervisors', text: 'still {{ session.id }}' } }],
    },
  ],
};

let around: Surroundings;
let service: Service;
let dataDir: string;

beforeAll(async () => {
  around = await startSurroundings({ 'held.rule.json': RULE });
  dataDir = await mkdtemp(join(tmpdir(), 'vigia-buttons-'));
  const parsed = parseConfig({ ...around.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  service = await startService({ config: parsed.config, watchRules: false });
  around.slack.sendInteractionsTo(`${service.url}/slack/interactions`);
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await around?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function send(sessionId: string, sessionStatus: string): Promise<void> {
  const { orgId } = around.zoho.world;
  const payload = { sessionId, sessionStatus, channelId: 'c1', assigneeType: 'AGENT', currentAssigneeId: 'a1' };
  const item = { orgId, eventType: 'IM_Session_Status', eventTime: String(Date.now()), payload };
  expect(await postWebhook(service.url, around.zoho, [item])).toBe(true);
}

type Row = Record<string, unknown>;
async function list(path: string): Promise<Row[]> {
  const response = await fetch(`${service.url}/api/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  return ((await response.json()) as { data: Row[] }).data;
}
const alertOf = async (sessionId: string) => (await list(`/alerts?sessionId=${sessionId}`))[0];

/** The card of a chat that was held long enough. */
async function aCard(sessionId: string): Promise<SlackMessage> {
  await send(sessionId, 'ON_HOLD');
  const text = `held ${sessionId}`;
  const card = await until('a card', async () =>
    around.slack.messages('#chat-ops').find((one) => one.text.includes(text)),
  );
  await until('its post to be on record', async () =>
    (await alertOf(sessionId))?.['text'] === null ? undefined : true,
  );
  return card;
}

const buttonsOf = (card: SlackMessage) =>
  [...JSON.stringify(card.blocks).matchAll(/"action_id":"vigia\.(\w+)"/g)].map((match) => match[1]);
const says = (card: SlackMessage, text: string) =>
  until(`the card to say ${text}`, async () => (JSON.stringify(card.blocks).includes(text) ? true : undefined));
const click = (card: SlackMessage, verb: string, value?: string) =>
  around.slack.click({
    channelId: card.channelId,
    ts: card.ts,
    actionId: `vigia.${verb}`,
    userId: ANA,
    ...(value === undefined ? {} : { value }),
  });
const whispers = () => around.slack.messages('#chat-ops').filter(({ visibleTo }) => visibleTo === ANA);

describe('the buttons of a card', () => {
  test('acknowledge: once for two clicks, by who clicked, with the card edited in place; the ladder stops', async () => {
    const card = await aCard('acked');
    expect(buttonsOf(card)).toEqual(['acknowledge', 'snooze', 'resolve']);
    const answers = await Promise.all([click(card, 'acknowledge'), click(card, 'acknowledge')]);
    expect(answers).toEqual(Array(2).fill({ ok: true, status: 200 }));
    await says(card, `*Acknowledged* after`);
    await says(card, `by <@${ANA}>`);
    expect(buttonsOf(card)).toEqual(['resolve']);
    expect(await alertOf('acked')).toMatchObject({ state: 'acknowledged', acknowledgedBy: `slack:${ANA}` });
    await until(
      'the step to be passed over',
      async () => (await list('/decisions?sessionId=acked&outcome=skipped'))[0],
    );
    expect(card.history).toHaveLength(1);
    // A card that was edited once says what it says after the next edit, too.
    await click(card, 'resolve');
    await says(card, '*Resolved* after');
    expect(JSON.stringify(card.blocks)).toContain('held acked');
    expect((await alertOf('acked'))?.['text']).toBe('held acked');
    expect(around.slack.messages('#supervisors').filter(({ text }) => text.includes('acked'))).toEqual([]);
  }, 60_000);

  test('resolve: nothing can be clicked any more, and who clicks on an old picture of the card is told so', async () => {
    const card = await aCard('resolved');
    const before = structuredClone(card);
    expect(await click(card, 'resolve')).toMatchObject({ ok: true });
    await says(card, `*Resolved* after`);
    expect(JSON.stringify(card.blocks)).toContain(`by <@${ANA}>`);
    expect(buttonsOf(card)).toEqual([]);
    await clickOn(before, 'acknowledge');
    await until('Ana to be told', async () => whispers().find(({ text }) => text.includes('resolved already')));
    expect(await alertOf('resolved')).toMatchObject({ state: 'resolved', acknowledgedBy: null });
    await clickOn(before, 'resolve');
    expect((await alertOf('resolved'))?.['resolvedReason']).toBe(`resolved by slack:${ANA}`);
  }, 60_000);

  test('snooze: for as long as was chosen, counted from the click, the same for a request that comes twice', async () => {
    const card = await aCard('snoozed');
    const [option] = /alert:[\w-]+:1h/.exec(JSON.stringify(card.blocks)) ?? [];
    const clickedAt = Date.now();
    expect(await click(card, 'snooze', option)).toMatchObject({ ok: true });
    await says(card, '*Snoozed* until');
    expect(buttonsOf(card)).toEqual(['acknowledge', 'snooze', 'resolve']);
    const alert = await alertOf('snoozed');
    expect(alert).toMatchObject({ state: 'snoozed' });
    const until1 = Date.parse(String(alert?.['snoozedUntil']));
    expect(Math.abs(until1 - clickedAt - 3_600_000)).toBeLessThan(5_000);
    await clickOn(card, 'snooze', { value: option ?? '', at: clickedAt });
    expect((await alertOf('snoozed'))?.['snoozedUntil']).toBe(alert?.['snoozedUntil']);
  }, 60_000);

  test('of an alert that is not kept, or in a channel where its card does not stand, only tell who clicked', async () => {
    const card = await aCard('elsewhere');
    const gone = structuredClone(card);
    gone.blocks = JSON.parse(JSON.stringify(gone.blocks).replace(/alert:[\w-]+?(?=[:"])/g, `alert:${randomUUID()}`));
    await clickOn(gone, 'acknowledge');
    await until('Ana to be told', async () => whispers().find(({ text }) => text.includes('not kept any more')));
    const other = 'C04SUPERVIS';
    await clickOn({ ...structuredClone(card), channelId: other }, 'acknowledge');
    await until('Ana to be told', async () =>
      around.slack.messages('#supervisors').find(({ text }) => text.includes('does not belong')),
    );
    await pause(100);
    expect(await alertOf('elsewhere')).toMatchObject({ state: 'open' });
  }, 60_000);
});

/** A click whose payload is what the message says here, whatever Slack shows by now; answered 200. */
async function clickOn(message: SlackMessage, verb: string, more: { value?: string; at?: number } = {}): Promise<void> {
  const { at = Date.now(), value } = more;
  const actionId = `vigia.${verb}`;
  const [block = {}] = message.blocks.filter((one) => JSON.stringify(one).includes(actionId));
  const elements = Array.isArray(block['elements']) ? block['elements'] : [];
  const element = elements.find((one) => JSON.stringify(one).includes(`"${actionId}"`));
  const found = { block, element: JSON.parse(JSON.stringify(element)) };
  const { channelId, ts } = message;
  const click = { channelId, ts, actionId, userId: ANA, at, ...(value === undefined ? {} : { value }) };
  const body = clickBody(around.slack.workspace, message, found, click);
  const headers = signSlackRequest(around.slack.signingSecret, body, Date.now());
  const response = await fetch(`${service.url}/slack/interactions`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
}
