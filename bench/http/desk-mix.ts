/**
 * A busy desk as the webhook brings it: 10,000 chats side by side, each in a round of ten events of which one starts a
 * hold and one ends it; one event in a hundred is a video, about which a rule tells Slack.
 */
export const CHATS = 10_000;
const CHANNELS = 12;
/** Slack takes one message a second in a channel: the messages are spread over so many. */
export const SLACK_CHANNELS = 96;
const VIDEO_EVERY = 10;

const channelOf = (chat: number) => String(70_000 + (chat % CHANNELS));
/** Of the right shape for Slack's ids, and known to the stand-in of the measurement. */
export const slackChannelId = (index: number) => `CBENCH${String(index).padStart(5, '0')}`;

/** Thirty rules as texts by file name: holds for each channel in two statuses, and six on events, one of which fires. */
export function mixRules(): Record<string, string> {
  const leaf = (fact: string, path: string, value: unknown) => ({ fact, path, operator: 'equal', value });
  const files: Record<string, string> = {};
  const add = (id: string, rule: object) => {
    files[`${id}.rule.json`] = JSON.stringify({ name: id, ...rule });
  };
  const post = (channel: string, text: string) => ({ type: 'slack.post', params: { channel, text } });
  for (let index = 0; index < CHANNELS; index += 1) {
    const channel = leaf('session', '$.channelId', channelOf(index));
    const actions = [post(slackChannelId(index), 'Chat {{ session.id }} waits.')];
    const hold = leaf('session', '$.status', 'ON_HOLD');
    add(`on-hold-${index}`, { for: '15m', conditions: { all: [channel, hold] }, actions });
    const open = leaf('session', '$.status', 'OPEN');
    add(`open-${index}`, { for: '5m', conditions: { all: [channel, open] }, actions });
  }
  const tell = post('CBENCH{{ event.actor.contactId }}', 'Chat {{ session.id }} sent a video.');
  const video = [leaf('event', '$.messageType', 'VIDEO')];
  add('video', { on: ['IM_Message_Add'], conditions: { all: video }, actions: [tell] });
  for (const to of ['ENDED', 'OPEN', 'BLOCKED', 'MISSED', 'TRANSFERRED']) {
    const actions = [{ type: 'dashboard.update', params: { tile: 'Changes', by: to, add: 1 } }];
    add(`change-${to.toLowerCase()}`, {
      on: ['IM_Session_Status'],
      conditions: { all: [leaf('transition', '$.to', to)] },
      actions,
    });
  }
  return files;
}

/** The mix and sixty rules that no index spares: each wants a session with more messages than any has. */
export function costlyRules(): Record<string, string> {
  const files = mixRules();
  const on = ['IM_Session_Status', 'IM_Message_Add'];
  for (let index = 0; index < 60; index += 1) {
    const many = { fact: 'session', path: '$.messagesIn', operator: 'greaterThan', value: 1_000_000 + index };
    const actions = [{ type: 'dashboard.update', params: { tile: 'Many', add: 1 } }];
    files[`many-${index}.rule.json`] = JSON.stringify({
      name: `many ${index}`,
      on,
      conditions: { all: [many] },
      actions,
    });
  }
  return files;
}

export interface MixOptions {
  orgId: string;
  /** This generator speaks for the chats whose number has this remainder, so that each chat's events keep their order. */
  share: number;
  shares: number;
}

/** @returns the next event as JSON text; its time is that of the call */
export function createMix({ orgId, share, shares }: MixOptions): () => string {
  const own = Math.floor((CHATS - share + shares - 1) / shares);
  let count = 0;
  let lastAt = 0;
  return () => {
    const chat = share + (count % own) * shares;
    const round = Math.floor(count / own);
    const step = (round + chat) % 10;
    count += 1;
    lastAt = Math.max(Date.now(), lastAt);
    const payload = step === 0 || step === 3 ? statusChange(chat, step) : message(chat, round, step);
    const type = step === 0 || step === 3 ? 'IM_Session_Status' : 'IM_Message_Add';
    return `{"orgId":"${orgId}","eventType":"${type}","eventTime":"${lastAt}","payload":${payload}}`;
  };
}

function statusChange(chat: number, step: number): string {
  const [from, to] = step === 0 ? ['ON_PROGRESS', 'ON_HOLD'] : ['ON_HOLD', 'ON_PROGRESS'];
  return `{"sessionId":"s${chat}","channelId":"${channelOf(chat)}","integration":"WHATSAPP","sessionStatus":"${to}","sessionOldStatus":"${from}","replyStatus":"ACCEPTED","assigneeType":"AGENT","currentAssigneeId":"a${chat % 40}","messagesCount":"12"}`;
}

function message(chat: number, round: number, step: number): string {
  const incoming = step % 2 === 0;
  const type = step === 4 && Math.floor((round + chat) / 10) % VIDEO_EVERY === chat % VIDEO_EVERY ? 'VIDEO' : 'TEXT';
  const contact = String(chat % SLACK_CHANNELS).padStart(5, '0');
  const actor = incoming
    ? `{"type":"ENDUSER","contactId":"${contact}","name":"Ana Souza","externalId":"+5511999990000"}`
    : '{"type":"AGENT","name":"Bruno Lima"}';
  return `{"id":"m${chat}-${round}","sessionId":"s${chat}","channelId":"${channelOf(chat)}","integration":"WHATSAPP","direction":"${incoming ? 'IN' : 'OUT'}","messageType":"${type}","status":"SENT","text":"Bom dia, meu pedido ainda não chegou. Podem ver?","actor":${actor}}`;
}
