/**
 * The life of a chat, from the customer's first message to its end, in one of several fates. Most are answered in time;
 * some are picked up and forgotten, some wait with nobody, some are spam, missed, or come back. A change that the API
 * makes (Vigia reassigning a forgotten chat, say) ends the life that the chat had and begins another from there.
 */
import type { Random } from '../random.ts';
import type { Desk } from '../zoho/desk.ts';
import type { DeskSession } from '../zoho/desk-session.ts';
import type { Agenda, Life } from './agenda.ts';
import { phrases } from './phrases.ts';

/** How many of a hundred chats have which fate. */
export const FATE_SHARES = {
  served: 52,
  forgotten: 13,
  unattended: 9,
  missed: 5,
  blocked: 3,
  returns: 7,
  handedOver: 6,
  /** The bot could help; where there is none the chat is served. */
  botOnly: 5,
} as const;

export type Fate = keyof typeof FATE_SHARES;

/** A status that no documentation knows, as Zoho may add one any day. */
export const UNHEARD_OF_STATUS = 'WRAP_UP';

export interface Chat {
  agenda: Agenda;
  desk: Desk;
  session: DeskSession;
  /** The chat's own stream. */
  random: Random;
}

const SECOND = 1000;
const MINUTE = 60_000;

/** From the customer's first message on. */
export function* liveChat(chat: Chat, fate: Fate): Life {
  say(chat, fate === 'blocked' ? phrases.spam : phrases.openings);
  yield chat.random.between(800, 2500);
  const { botId } = chat.desk.getChannel(chat.session.channelId);
  if (botId !== undefined) {
    yield* greetByBot(chat, botId);
    if (fate === 'botOnly') return change(chat, { status: 'ENDED' });
  }
  change(chat, { status: 'OPEN', assignee: null });
  yield* live(chat, fate);
}

function* live(chat: Chat, fate: Fate): Life {
  const { random } = chat;
  switch (fate) {
    case 'missed':
      yield random.between(4 * MINUTE, 9 * MINUTE);
      return change(chat, { status: 'MISSED' });
    case 'unattended':
      yield* waitImpatiently(chat, random.between(12 * MINUTE, 45 * MINUTE));
      yield* pickUp(chat);
      return yield* serve(chat);
    case 'forgotten':
      yield random.between(20 * SECOND, 3 * MINUTE);
      yield* pickUp(chat);
      yield* waitImpatiently(chat, random.between(40 * MINUTE, 75 * MINUTE));
      return yield* serve(chat);
    case 'blocked':
      yield random.between(20 * SECOND, 2 * MINUTE);
      yield* pickUp(chat);
      yield random.between(10 * SECOND, 40 * SECOND);
      return change(chat, { status: 'BLOCKED' });
    case 'handedOver':
      yield random.between(20 * SECOND, 3 * MINUTE);
      yield* pickUp(chat);
      yield* answer(chat);
      yield random.between(30 * SECOND, 2 * MINUTE);
      yield* pickUp(chat);
      return yield* serve(chat);
    case 'returns':
      yield random.between(20 * SECOND, 3 * MINUTE);
      yield* pickUp(chat);
      yield* serve(chat);
      yield random.between(3 * MINUTE, 20 * MINUTE);
      say(chat, phrases.replies);
      change(chat, { status: 'ON_HOLD' });
      return yield* serve(chat);
    default:
      yield random.between(20 * SECOND, 4 * MINUTE);
      yield* pickUp(chat);
      return yield* serve(chat);
  }
}

/** How a chat goes on after the API changed it. */
export function* liveAfterApiChange(chat: Chat): Life {
  const { random, session } = chat;
  if (session.status === 'ENDED' || session.status === 'BLOCKED') return;
  if (session.assignee === undefined) {
    yield random.between(30 * SECOND, 4 * MINUTE);
    yield* pickUp(chat);
  } else if (session.assignee.type === 'AGENT' && random.chance(0.12)) {
    // The next one forgets it too.
    yield* waitImpatiently(chat, random.between(25 * MINUTE, 40 * MINUTE));
  }
  yield* serve(chat);
}

/** The bot greets and the customer answers. */
function* greetByBot(chat: Chat, botId: string): Life {
  const { random } = chat;
  change(chat, { status: 'OPEN', assignee: { type: 'BOT', id: botId } });
  yield random.between(500, 1500);
  say(chat, phrases.bot, 'OUT');
  change(chat, { status: 'ON_PROGRESS' });
  yield random.between(10 * SECOND, 60 * SECOND);
  say(chat, phrases.replies);
  yield random.between(500, 1500);
  say(chat, phrases.bot, 'OUT');
  yield random.between(5 * SECOND, 30 * SECOND);
}

/** An agent of the department takes the chat; while nobody is online it waits. */
function* pickUp(chat: Chat): Life {
  const { desk, session, random } = chat;
  const { departmentId } = desk.getChannel(session.channelId);
  for (;;) {
    const free = desk.onlineIn(departmentId).filter((agent) => agent.id !== session.assignee?.id);
    if (free.length > 0)
      return change(chat, { status: 'ON_HOLD', assignee: { type: 'AGENT', id: random.pick(free).id } });
    yield MINUTE;
  }
}

/** The assignee answers, talks, and ends the chat. */
function* serve(chat: Chat): Life {
  const { random } = chat;
  yield random.between(20 * SECOND, 5 * MINUTE);
  yield* answer(chat);
  for (let turns = random.between(1, 4); turns > 0; turns -= 1) {
    yield random.between(15 * SECOND, 2 * MINUTE);
    say(chat, phrases.replies);
    yield random.between(15 * SECOND, 2 * MINUTE);
    say(chat, phrases.answers, 'OUT');
  }
  yield random.between(20 * SECOND, 2 * MINUTE);
  say(chat, phrases.goodbyes, 'OUT');
  yield random.between(2 * SECOND, 20 * SECOND);
  if (random.chance(0.03)) {
    change(chat, { status: UNHEARD_OF_STATUS });
    yield random.between(20 * SECOND, MINUTE);
  }
  change(chat, { status: 'ENDED' });
}

function* answer(chat: Chat): Life {
  say(chat, phrases.greetings, 'OUT');
  if (chat.session.status !== 'ON_PROGRESS') change(chat, { status: 'ON_PROGRESS' });
  yield chat.random.between(1 * SECOND, 5 * SECOND);
}

/** The customer writes now and then while nobody answers. */
function* waitImpatiently(chat: Chat, totalMs: number): Life {
  let rest = totalMs;
  while (rest > 0) {
    const pause = Math.min(rest, chat.random.between(3 * MINUTE, 14 * MINUTE));
    yield pause;
    rest -= pause;
    if (rest > 0) say(chat, phrases.nudges);
  }
}

function change(chat: Chat, changes: Parameters<Desk['changeSession']>[1]): void {
  chat.desk.changeSession(chat.session.id, changes, chat.agenda.now);
}

/** Somebody writes. Of messages to the customer, the channel says later what became of them. */
function say(chat: Chat, texts: readonly string[], direction: 'IN' | 'OUT' = 'IN'): void {
  const { agenda, desk, session, random } = chat;
  const message = desk.addMessage(session.id, { direction, text: random.pick(texts), at: agenda.now });
  if (direction === 'IN') return;
  const failed = desk.isRevoked(session.channelId) || random.chance(0.02);
  const fate = random.chance(0.4) ? 'READ' : 'DELIVERED';
  agenda.after(random.between(1 * SECOND, 8 * SECOND), () => {
    if (desk.sessions.has(session.id)) {
      desk.setMessageStatus(session.id, message.id, failed ? 'FAILED' : fate, agenda.now);
    }
  });
}
