import type { DeskEvent } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';

/**
 * The events of a desk, in the order of their receipt, as long as one likes: one chat a second begins, goes from a bot to an
 * agent, on hold and back, and ends; some are given from one agent to another, are taken up again after their end, or send a message that
 * fails. A few events come late. Nothing in it is random: the same stream each time.
 */
export interface StreamOptions {
  start: number;
  /** How many chats begin, one a second. */
  chats: number;
}

const CHANNELS = [
  ['65403000000038011', 'WHATSAPP'],
  ['65403000000038027', 'WHATSAPP'],
  ['65403000000038043', 'TELEGRAM'],
  ['65403000000038059', 'INSTAGRAM'],
  ['65403000000038075', 'FACEBOOKMESSENGER'],
  ['65403000000038091', 'IM_TALK'],
  ['65403000000038099', 'WHATSAPP'],
] as const;
const AGENTS = 120;
const SECOND = 1_000;
const MINUTE = 60_000;
/** One event in so many comes late … */
const LATE_EVERY = 250;
/** … by so much. */
const LATE_MS = 4_000;

export function* streamOf({ start, chats }: StreamOptions): Generator<DeskEvent> {
  const bySecond = new Map<number, DeskEvent[]>();
  let count = 0;
  for (let second = 0; second < chats || bySecond.size > 0; second += 1) {
    if (second < chats) {
      for (const event of eventsOfChat(second, start + second * SECOND)) {
        count += 1;
        const receivedAt = event.at + (count % LATE_EVERY === 0 ? LATE_MS : 0);
        const due = Math.floor((receivedAt - start) / SECOND);
        const waiting = bySecond.get(due) ?? [];
        bySecond.set(due, waiting);
        waiting.push({ ...event, receivedAt });
      }
    }
    const events = bySecond.get(second) ?? [];
    bySecond.delete(second);
    yield* events.sort((a, b) => a.receivedAt - b.receivedAt);
  }
}

/** A generator of numbers from 0 to 1 (mulberry32). */
function chancesOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function eventsOfChat(chat: number, startAt: number): DeskEvent[] {
  const chance = chancesOf(chat);
  const events: DeskEvent[] = [];
  const sessionId = `65403${String(chat).padStart(12, '0')}`;
  const [channelId, integration] = CHANNELS[Math.floor(chance() * CHANNELS.length)] ?? CHANNELS[0];
  const hasTicket = chance() < 0.3;
  let at = startAt;
  let status: string | undefined;
  let assignee: { id: string; type: 'AGENT' | 'BOT' } | undefined;
  let messages = 0;

  const pass = (fromMs: number, toMs: number) => {
    at += Math.floor(fromMs + chance() * (toMs - fromMs));
  };
  const anAgent = () => String(106_554_000 + Math.floor(chance() * AGENTS));
  const add = (type: string, payload: JsonObject) => {
    const key = `${chat.toString(16).padStart(8, '0')}${events.length.toString(16).padStart(4, '0')}`.padEnd(64, '0');
    events.push({
      orgId: 'bench',
      source: 'bench',
      type,
      key,
      subject: sessionId,
      sessionId,
      at,
      receivedAt: at,
      payload,
    });
  };
  const turn = (to: string) => {
    const payload: JsonObject = { sessionId, channelId, integration, sessionStatus: to, replyStatus: 'ACCEPTED' };
    if (status !== undefined) payload['sessionOldStatus'] = status;
    if (assignee !== undefined) Object.assign(payload, { currentAssigneeId: assignee.id, assigneeType: assignee.type });
    add('IM_Session_Status', { ...payload, messagesCount: messages });
    status = to;
  };
  const say = (direction: 'IN' | 'OUT') => {
    messages += 1;
    const actor: JsonObject =
      direction === 'IN'
        ? { type: 'ENDUSER', contactId: `k${chat % 20_000}`, name: 'Ana Souza', externalId: '+5511999990000' }
        : { type: assignee?.type ?? 'BOT', name: 'Bruno Lima' };
    const meta: JsonObject = hasTicket ? { DESK_TICKET_ID: `t${chat}` } : {};
    const sent = direction === 'OUT' && chance() < 0.01 ? 'FAILED' : 'SENT';
    const text = 'Bom dia, meu pedido ainda não chegou. Podem ver?';
    const [id, messageType] = [`m${chat}-${messages}`, 'TEXT'];
    add('IM_Message_Add', {
      id,
      sessionId,
      channelId,
      integration,
      direction,
      messageType,
      status: sent,
      text,
      actor,
      meta,
    });
  };
  const converse = () => {
    assignee = { id: anAgent(), type: 'AGENT' };
    turn('ON_PROGRESS');
    const rounds = 1 + Math.floor(chance() * 3);
    for (let round = 0; round < rounds; round += 1) {
      pass(10 * SECOND, 3 * MINUTE);
      say('OUT');
      pass(10 * SECOND, 6 * MINUTE);
      say('IN');
      if (chance() < 0.4) {
        pass(SECOND, MINUTE);
        turn('ON_HOLD');
        pass(MINUTE, chance() < 0.2 ? 40 * MINUTE : 8 * MINUTE);
        if (chance() < 0.15) assignee = { id: anAgent(), type: 'AGENT' };
        turn('ON_PROGRESS');
      }
    }
    pass(5 * SECOND, 2 * MINUTE);
    say('OUT');
    pass(SECOND, 10 * MINUTE);
    turn('ENDED');
  };

  if (chance() < 0.6) assignee = { id: '65403000000522004', type: 'BOT' };
  turn('OPEN');
  pass(1, SECOND);
  say('IN');
  if (assignee !== undefined) {
    pass(SECOND, 3 * SECOND);
    say('OUT');
    pass(5 * SECOND, MINUTE);
    say('IN');
    assignee = undefined;
    turn('OPEN');
  }
  pass(5 * SECOND, chance() < 0.1 ? 20 * MINUTE : 4 * MINUTE);
  if (chance() < 0.05) {
    turn('ENDED');
    return events;
  }
  converse();
  if (chance() < 0.03) {
    pass(MINUTE, 30 * MINUTE);
    turn('OPEN');
    converse();
  }
  return events;
}
