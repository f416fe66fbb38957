/** What happens around the chats: agents who come and go, and channels whose token is revoked for a while. */
import type { Random } from '../random.ts';
import type { WorldAgent } from '../world.ts';
import type { Desk } from '../zoho/desk.ts';
import type { Agenda, Life } from './agenda.ts';

const MINUTE = 60_000;

/** An agent's day: online for a while, then a break, unless the department would be left with fewer than two. */
export function* liveAgent(desk: Desk, agent: WorldAgent, random: Random): Life {
  if (agent.departmentIds.length === 0) return;
  yield random.between(5 * MINUTE, 120 * MINUTE);
  for (;;) {
    const spared = agent.departmentIds.every(
      (id) => desk.onlineIn(id).filter((one) => one.id !== agent.id).length >= 2,
    );
    if (spared) {
      desk.setOnline(agent.id, false);
      yield random.between(8 * MINUTE, 25 * MINUTE);
      desk.setOnline(agent.id, true);
    }
    yield random.between(40 * MINUTE, 160 * MINUTE);
  }
}

/** Every now and then one channel loses its token, and gets it back some minutes later. */
export function* liveOutages(agenda: Agenda, desk: Desk, random: Random): Life {
  yield random.between(12 * MINUTE, 18 * MINUTE);
  for (;;) {
    const channel = random.weighted(desk.world.channels, (one) => one.weight);
    desk.setRevoked(channel.id, true, agenda.now);
    yield random.between(6 * MINUTE, 15 * MINUTE);
    desk.setRevoked(channel.id, false, agenda.now);
    yield random.between(75 * MINUTE, 180 * MINUTE);
  }
}
