import type { Clock } from '../src/domain/clock.ts';
import { createRandom } from '../src/sandbox/random.ts';
import { inventCustomer } from '../src/sandbox/traffic/phrases.ts';
import type { Desk } from '../src/sandbox/zoho/desk.ts';

/**
 * Chats that live for seconds on the stand-in's desk, beside the simulation's, which live for minutes: so holds arm, fire
 * and end all the time, and the load is level from the first minute on. The simulation sends their events, with its
 * repeats and its late ones.
 */
export interface QuickChats {
  /** Starts no more, and resolves when those under way are over. */
  stop(): Promise<void>;
  readonly begun: number;
}

/** About as many events as one such chat causes. */
export const EVENTS_PER_CHAT = 9;
/** How long the desk remembers a chat that is over: retries of Vigia may still ask for it. */
const REMEMBERED_MS = 180_000;

export function startQuickChats(desk: Desk, clock: Clock, options: { perSecond: number; seed: string }): QuickChats {
  const { perSecond, seed } = options;
  const arrivals = createRandom(`${seed}/quick chats`);
  const ending = new AbortController();
  const living = new Set<Promise<void>>();
  const over: { id: string; at: number }[] = [];
  let begun = 0;

  async function live(number: number): Promise<void> {
    const random = createRandom(`${seed}/quick chat/${number}`);
    const wait = (low: number, high: number) => clock.sleep(random.between(low, high));
    const channel = random.pick(desk.world.channels);
    const { id } = desk.createSession({
      channelId: channel.id,
      at: clock.now(),
      contact: inventCustomer(random, channel),
    });
    const change = (status: string, assigneeId?: string) => {
      const assignee = assigneeId === undefined ? {} : { assignee: { type: 'AGENT' as const, id: assigneeId } };
      desk.changeSession(id, { status, ...assignee }, clock.now());
    };
    const say = (direction: 'IN' | 'OUT', text: string) => desk.addMessage(id, { direction, text, at: clock.now() });
    say('IN', 'Olá, preciso de ajuda.');
    await wait(100, 400);
    change('OPEN');
    await wait(200, 800);
    const agent = random.pick(desk.onlineIn(channel.departmentId));
    change('ON_HOLD', agent.id);
    // Some are answered before any hold falls due, some after all of them.
    await (random.chance(0.5) ? wait(1_000, 4_500) : wait(5_500, 14_000));
    say('OUT', 'Boa tarde!');
    change('ON_PROGRESS');
    await wait(300, 2_000);
    say('IN', 'Obrigada.');
    await wait(300, 2_000);
    change('ENDED');
    over.push({ id, at: clock.now() });
  }

  function forgetOld(): void {
    while (over[0] !== undefined && over[0].at < clock.now() - REMEMBERED_MS) {
      const [oldest] = over.splice(0, 1);
      if (oldest !== undefined) desk.forgetSession(oldest.id);
    }
  }

  const arriving = (async () => {
    while (!ending.signal.aborted) {
      await clock.sleep(arrivals.exponential(1_000 / perSecond), ending.signal);
      if (ending.signal.aborted) break;
      begun += 1;
      const life = live(begun).finally(() => living.delete(life));
      living.add(life);
      forgetOld();
    }
  })();

  return {
    async stop() {
      ending.abort();
      await arriving;
      await Promise.all(living);
    },
    get begun() {
      return begun;
    },
  };
}
