import type { Alert } from '../../domain/alert.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Session } from '../../domain/session.ts';
import type { World } from '../../domain/test-file.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { toDeskEvent } from '../../ingress/zoho-desk/desk-event.ts';
import { createTrial, type Entry } from '../trial.ts';
import type { Snapshot } from './invariants/state-held.ts';
import type { Timeline } from './timeline.ts';

/** What became of one timeline. */
export interface Run {
  record: readonly Entry[];
  cards: readonly Alert[];
  /** The chat after each event, in order. */
  snapshots: readonly Snapshot[];
  /** The chat at the end. */
  session: Session | undefined;
}

export interface Stage {
  ruleset: CompiledRuleset;
  start: number;
  world: World;
  /** Another trial in its place, as tests of the simulation itself do. */
  trial?: typeof createTrial;
}

const ORG_ID = 'trial';

export async function runTimeline(
  { events, untilMs }: Timeline,
  { ruleset, start, world, trial: create = createTrial }: Stage,
  sessionId: string,
): Promise<Run> {
  const trial = create({ ruleset, start, world, orgId: ORG_ID });
  const snapshots: Snapshot[] = [];
  for (const { at, happenedAt, event } of events) {
    await trial.passUntil(start + at);
    await trial.moment(start + at, { events: [toEvent(event, start + happenedAt, start + at)] });
    const session = trial.sessionOf(sessionId);
    if (session !== undefined) snapshots.push({ at: start + at, session });
  }
  // A second more: what falls due at the end itself is still to be seen.
  await trial.passUntil(start + untilMs + 1_000);
  return { record: trial.record, cards: trial.cards(), snapshots, session: trial.sessionOf(sessionId) };
}

function toEvent({ type, ...payload }: JsonObject, happenedAt: number, receivedAt: number): DeskEvent {
  const reading = toDeskEvent(
    { eventType: type ?? '', eventTime: String(happenedAt), orgId: ORG_ID, payload },
    { orgId: ORG_ID, receivedAt },
  );
  if (!reading.ok) throw new RangeError(`a simulated event is none: ${reading.reason}`);
  return reading.event;
}
