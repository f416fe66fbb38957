/**
 * The whole life of the desk in virtual time, without any clock: arrivals, chats, agents, outages, and the webhook
 * requests that come of them. The same seed and start give the same requests, unless an API call interferes; and then
 * only the chat that it touched goes another way.
 */
import { createRandom } from '../random.ts';
import type { Desk } from '../zoho/desk.ts';
import type { WebhookEvent } from '../zoho/webhook-event.ts';
import { type Agenda, createAgenda, type Life, type LifeHandle } from './agenda.ts';
import { type Chat, FATE_SHARES, type Fate, liveAfterApiChange, liveChat } from './chat-life.ts';
import { createDeliveries, DEFAULT_DELIVERY_SHARES, type DeliveryShares } from './deliveries.ts';
import { liveAgent, liveOutages } from './desk-life.ts';
import { inventCustomer } from './phrases.ts';

export interface SimulationOptions {
  desk: Desk;
  seed: string;
  /** Epoch ms. */
  startAt: number;
  /** New chats an hour, on average; default 40. */
  chatsPerHour?: number;
  /** Fates of the first chats, so that there is soon something to see; default one forgotten, one unattended. */
  firstFates?: readonly Fate[];
  deliveryShares?: Partial<DeliveryShares>;
  /** Gets each webhook request's array at its instant. */
  send: (events: readonly WebhookEvent[], at: number) => void;
}

export interface Simulation {
  readonly agenda: Agenda;
  /** How many chats have begun. */
  readonly chats: number;
  /** How many events the desk has caused. */
  readonly events: number;
  /** Lets the desk be: nothing that happens on it is sent any more. */
  detach(): void;
}

/** How long the portal remembers a chat after its life is over, so that a long run does not grow. */
const REMEMBERED_MS = 24 * 3_600_000;
const FATES = Object.keys(FATE_SHARES).filter((name): name is Fate => name in FATE_SHARES);

export function createSimulation(options: SimulationOptions): Simulation {
  const { desk, seed, startAt, chatsPerHour = 40, firstFates = ['forgotten', 'unattended'] } = options;
  const agenda = createAgenda(startAt);
  const shares = { ...DEFAULT_DELIVERY_SHARES, ...options.deliveryShares };
  const deliveries = createDeliveries(agenda, seed, shares, (events) => options.send(events, agenda.now));
  const lives = new Map<string, { chat: Chat; handle: LifeHandle }>();
  let chats = 0;
  let events = 0;

  const lead = (chat: Chat, life: Life, at = agenda.now) => {
    lives.set(chat.session.id, { chat, handle: agenda.start(thenForget(chat, life), at) });
  };

  function* thenForget(chat: Chat, life: Life): Life {
    yield* life;
    yield REMEMBERED_MS;
    lives.delete(chat.session.id);
    desk.forgetSession(chat.session.id);
  }

  const openChat = () => {
    chats += 1;
    const random = createRandom(`${seed}/chat/${chats}`);
    const channel = random.weighted(desk.world.channels, (one) => one.weight);
    const fate = firstFates[chats - 1] ?? random.weighted(FATES, (one) => FATE_SHARES[one]);
    const contact = inventCustomer(random, channel);
    const session = desk.createSession({ channelId: channel.id, at: agenda.now, contact });
    const chat = { agenda, desk, session, random };
    lead(chat, liveChat(chat, fate));
  };

  function* arrivals(): Life {
    const random = createRandom(`${seed}/arrivals`);
    for (;;) {
      yield random.exponential(3_600_000 / chatsPerHour);
      openChat();
    }
  }

  const endings = [
    desk.onEvent((event) => {
      events += 1;
      deliveries.take(event);
    }),
    desk.onApiChange((session, at) => {
      const known = lives.get(session.id);
      if (known === undefined) return;
      known.handle.cancel();
      lead(known.chat, liveAfterApiChange(known.chat), Math.max(at, agenda.now));
    }),
  ];
  agenda.start(arrivals());
  for (const agent of desk.world.agents) {
    agenda.start(liveAgent(desk, agent, createRandom(`${seed}/agent/${agent.id}`)));
  }
  agenda.start(liveOutages(agenda, desk, createRandom(`${seed}/outages`)));

  return {
    agenda,
    get chats() {
      return chats;
    },
    get events() {
      return events;
    },
    detach: () => {
      for (const ending of endings) ending();
    },
  };
}
