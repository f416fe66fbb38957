import type { Gate, HoldGate } from '../explanation.ts';
import type { Teller, ToldLine } from './tell-explanation.ts';

/** A gate with its numbers. */
export function tellGate(gate: Gate, teller: Teller): Pick<ToldLine, 'text' | 'mark'> {
  const { words } = teller;
  const said = sayGate(gate, teller);
  if (gate.status === 'not_reached') {
    return { text: `${words.gates[gate.name]}: ${words.gate.notReached} (${said})`, mark: 'unjudged' };
  }
  const isWaiting = gate.name === 'hold' && gate.status === 'failed' && gate.episode?.state === 'running';
  const mark = gate.status === 'passed' ? 'held' : isWaiting ? 'unknown' : 'failed';
  return { text: `${words.gates[gate.name]}: ${said}`, mark };
}

function sayGate(gate: Gate, teller: Teller): string {
  const { words, time, span } = teller;
  const say = words.gate;
  switch (gate.name) {
    case 'trigger':
      return gate.event === undefined
        ? say.trigger(gate.on.join(', '))
        : say.triggerMet(gate.event.type, gate.event.late);
    case 'conditions':
      return gate.result === undefined ? say.undecided : gate.result ? say.held : say.notHeld;
    case 'unknown':
      return say.values(
        gate.values.map(({ vocabulary, value }) => `${value} (${vocabulary})`).join(', '),
        gate.onUnknown,
      );
    case 'hold':
      return sayHold(gate, teller);
    case 'ladder': {
      const what = gate.repeat === undefined ? say.step(gate.step ?? 0) : say.repeat(gate.repeat);
      return say.ladder(what, gate.firedAt === undefined ? '' : time(gate.firedAt));
    }
    case 'acknowledgement':
      return gate.acknowledgedAt === undefined ? say.notAcknowledged : say.acknowledged(time(gate.acknowledgedAt));
    case 'calendar': {
      const next = gate.nextAt === undefined ? undefined : time(gate.nextAt);
      return gate.isOpen
        ? say.open(gate.calendar, next)
        : say.closed(gate.calendar, next, gate.outside === 'wait' && next !== undefined);
    }
    case 'lateness':
      return say.late(span(gate.lateMs), span(gate.maxLateMs));
    case 'exclusive':
      return gate.winner === undefined ? say.noWinner(gate.group) : say.winner(gate.winner, gate.group);
    case 'inhibition': {
      const { by, channelId = '', rules, subjects } = gate;
      if (by === undefined) return say.notInhibited(rules.join(', '));
      return say.inhibited(by, teller.value(channelId), subjects.map(words.chat).join(', '));
    }
    case 'limit': {
      const used = say.used(gate.used, gate.count, gate.per, span(gate.withinMs));
      return gate.freeAt === undefined ? used : `${used}; ${say.freeAt(time(gate.freeAt))}`;
    }
    case 'mode':
      return say.mode[gate.mode];
    case 'silence': {
      const { silence } = gate;
      return silence === undefined ? say.notSilenced : say.silenced(silence.id, silence.owner, time(silence.until));
    }
    case 'reassignments': {
      const used = say.reassigned(gate.used, gate.most);
      return gate.freeAt === undefined ? used : `${used}; ${say.freeAt(time(gate.freeAt))}`;
    }
  }
}

function sayHold({ forMs, keepForMs, episode, calendar, businessElapsedMs, remainingMs }: HoldGate, teller: Teller) {
  const { words, time, span } = teller;
  const say = words.gate;
  if (episode === undefined) return say.noEpisode(span(forMs));
  const { state, startedAt, approximate, dueAt, firedAt, falseSince, endedAt, endReason = '', unreachable } = episode;
  const rest = remainingMs === undefined || remainingMs === 0 ? undefined : span(remainingMs);
  const parts = [
    unreachable === true
      ? say.unreachable(calendar ?? '')
      : say.running(time(startedAt), approximate, time(dueAt), endedAt === undefined ? rest : undefined),
  ];
  if (calendar !== undefined && businessElapsedMs !== undefined)
    parts.push(say.business(span(businessElapsedMs), calendar));
  if (firedAt !== undefined) parts.push(say.firedAt(time(firedAt)));
  if (falseSince !== undefined) parts.push(say.kept(time(falseSince), span(keepForMs)));
  if (endedAt !== undefined) parts.push(say.ended(time(endedAt)));
  else if (state === 'cancelled' || state === 'expired') parts.push(say.gaveUp(endReason));
  return parts.join('; ');
}
