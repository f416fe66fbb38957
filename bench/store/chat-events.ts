import type { DeskEvent } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { loadTexts } from '../rules/rule-sets.ts';

/** What a busy desk sends: chats that run side by side, eight events each, and rules as they are written for it. */
const CHANNELS = 12;
/** Chats under way at once. */
const SIDE_BY_SIDE = 200;
const EVENTS_OF_A_CHAT = 8;
const ORG = 'bench';

const channelOf = (chat: number) => String(70_000 + (chat % CHANNELS));

/** Thirty rules: a hold for each channel in two statuses, counters, records, and a Slack message in one channel. */
export function deskRules(): CompiledRuleset {
  const status = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
  const change = (value: string) => ({ fact: 'transition', path: '$.to', operator: 'equal', value });
  const files: Record<string, unknown> = {};
  const add = (id: string, rule: object) => {
    files[`${id}.rule.json`] = { name: id, ...rule };
  };
  for (let index = 0; index < CHANNELS; index += 1) {
    const channel = { fact: 'session', path: '$.channelId', operator: 'equal', value: channelOf(index) };
    const post = { type: 'slack.post', params: { channel: 'C0123456789', text: 'Chat {{ session.id }} waits.' } };
    add(`on-hold-${index}`, { for: '15m', conditions: { all: [channel, status('ON_HOLD')] }, actions: [post] });
    add(`open-${index}`, { for: '5m', conditions: { all: [channel, status('OPEN')] }, actions: [post] });
  }
  const on = ['IM_Session_Status'];
  for (const to of ['OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ENDED']) {
    const count = { type: 'dashboard.update', params: { tile: 'Entered status', by: to, add: 1 } };
    add(`count-${to.toLowerCase().replace('_', '-')}`, { on, conditions: { all: [change(to)] }, actions: [count] });
  }
  const fields = { chat: '{{ session.id }}', channel: '{{ session.channelId }}', holds: '{{ session.holds }}' };
  const record = { type: 'record', params: { dataset: 'ended', fields } };
  add('record-ended', { on, conditions: { all: [change('ENDED')] }, actions: [record] });
  const here = { fact: 'event', path: '$.channelId', operator: 'equal', value: channelOf(0) };
  const post = { type: 'slack.post', params: { channel: 'C0123456789', text: 'Chat {{ session.id }} ended.' } };
  add('tell-ended', { on, conditions: { all: [here, change('ENDED')] }, actions: [post] });
  return loadTexts(files);
}

/** The `n`-th event of the desk; each is distinct, and those of one chat come in the order of their times. */
export function deskEvent(n: number, startAt: number): DeskEvent {
  const wave = Math.floor(n / (SIDE_BY_SIDE * EVENTS_OF_A_CHAT));
  const step = Math.floor(n / SIDE_BY_SIDE) % EVENTS_OF_A_CHAT;
  const chat = wave * SIDE_BY_SIDE + (n % SIDE_BY_SIDE);
  const sessionId = `s${chat}`;
  const { type, ...fields } = STEPS[step] ?? MESSAGE_IN;
  const payload: JsonObject = { sessionId, channelId: channelOf(chat), integration: 'WHATSAPP', ...fields };
  if (type === 'IM_Message_Add') Object.assign(payload, { id: `m${n}`, text: 'Bom dia, meu pedido não chegou ainda.' });
  else Object.assign(payload, { currentAssigneeId: 'a1', assigneeType: 'AGENT', replyStatus: 'ACCEPTED' });
  const at = startAt + n;
  const key = n.toString(16).padStart(64, '0');
  return { orgId: ORG, source: 'bench', type, key, subject: sessionId, sessionId, at, receivedAt: at, payload };
}

const statusStep = (sessionOldStatus: string, sessionStatus: string) => ({
  type: 'IM_Session_Status',
  sessionOldStatus,
  sessionStatus,
});
const MESSAGE_IN = { type: 'IM_Message_Add', direction: 'IN', messageType: 'TEXT', actor: { type: 'ENDUSER' } };
const MESSAGE_OUT = { type: 'IM_Message_Add', direction: 'OUT', messageType: 'TEXT', actor: { type: 'AGENT' } };
const STEPS: { type: string; [field: string]: string | JsonObject }[] = [
  statusStep('CREATED', 'OPEN'),
  MESSAGE_IN,
  statusStep('OPEN', 'ON_PROGRESS'),
  MESSAGE_OUT,
  statusStep('ON_PROGRESS', 'ON_HOLD'),
  MESSAGE_IN,
  statusStep('ON_HOLD', 'ON_PROGRESS'),
  statusStep('ON_PROGRESS', 'ENDED'),
];
