import type {
  ReceivedEvent,
  SessionHistory,
  StoredActivation,
  StoredClick,
  StoredDecision,
} from '../../store/read/session-history.ts';

/**
 * When a chat was judged: each moment at which a worker had it in hand, with the events that it judged then, the clicks that
 * came after, and the rules that came into force. Of most events the ledger or a decision says when; an event that left
 * neither a change of status nor a decision was judged at its receipt, or with the next that was judged within a moment.
 */
export interface Moment {
  /** Epoch ms. */
  at: number;
  events: ReceivedEvent[];
  sweep?: StoredActivation;
  clicks: StoredClick[];
}

/** A worker waits for company this long at the most. */
const TOGETHER_MS = 2_000;

/** The moments in the order of time. */
export function toMoments({ events, decisions, clicks, activations }: SessionHistory): Moment[] {
  const moments = new Map<number, Moment>();
  const of = (at: number): Moment => {
    const known = moments.get(at) ?? { at, events: [], clicks: [] };
    moments.set(at, known);
    return known;
  };
  const judgedAt = judgedTimes(events, decisions);
  for (const received of events)
    of(judgedAt.get(received.event.key) ?? received.event.receivedAt).events.push(received);
  // What fell due, where something was decided of it.
  for (const { decidedAt } of decisions) of(decidedAt);
  for (const click of clicks) of(click.at).clicks.push(click);
  const [first] = events;
  for (const activation of activations) {
    if (first === undefined || activation.activatedAt < first.event.receivedAt) continue;
    of(sweptTime(activation, decisions)).sweep = activation;
  }
  return [...moments.values()].sort((a, b) => a.at - b.at);
}

/** By event key. */
function judgedTimes(events: readonly ReceivedEvent[], decisions: readonly StoredDecision[]): Map<string, number> {
  const times = new Map<string, number>();
  // A decision at another time is of an event that waited for its calendar.
  const atOf = new Map(events.map(({ event }) => [event.key, event.at]));
  for (const { eventKey, at, decidedAt } of decisions) {
    if (eventKey !== undefined && atOf.get(eventKey) === at && !times.has(eventKey)) times.set(eventKey, decidedAt);
  }
  for (const { event, entry } of events) if (entry?.kind === 'transition') times.set(event.key, entry.recordedAt);
  const known = [...new Set([...times.values(), ...decisions.map(({ decidedAt }) => decidedAt)])].sort((a, b) => a - b);
  const inOrder = events.flatMap(({ entry }) => (entry?.kind === 'transition' && !entry.entry.late ? [entry] : []));
  for (const { event } of events) {
    if (times.has(event.key)) continue;
    const next = known.find((at) => at >= event.receivedAt);
    const guess = next !== undefined && next - event.receivedAt <= TOGETHER_MS ? next : event.receivedAt;
    // A change that was not late has not come after one with a later time.
    const notBefore = inOrder.filter(({ entry }) => entry.at < event.at).map(({ recordedAt }) => recordedAt);
    times.set(
      event.key,
      notBefore.reduce((most, at) => Math.max(most, at), guess),
    );
  }
  return times;
}

/** When the chat met rules that came into force: at the decisions that this led to, else when the sweep was over. */
function sweptTime({ hash, activatedAt, sweptAt }: StoredActivation, decisions: readonly StoredDecision[]): number {
  const led = decisions.find(
    ({ rulesetHash, eventKey, at, decidedAt, outcome }) =>
      rulesetHash === hash &&
      eventKey === undefined &&
      at >= activatedAt &&
      decidedAt <= (sweptAt ?? Number.POSITIVE_INFINITY) &&
      (outcome === 'armed' || outcome === 'disarmed' || outcome === 'resolved' || outcome === 'skipped'),
  );
  return led?.decidedAt ?? sweptAt ?? activatedAt;
}
