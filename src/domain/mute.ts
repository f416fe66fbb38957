import type { DestinationName } from './action.ts';

/** What people hold back for a while: a silence keeps Slack quiet, a pause stops actions. Times are epoch ms. */

/** Everything that is given must fit; an empty matcher fits everything. */
export interface MuteMatcher {
  ruleId?: string;
  channelId?: string;
  sessionId?: string;
  /** As events carry it, or a Desk agent id. */
  agentId?: string;
  /** The agent's other ids, as they were known when it was made. */
  agentAliases?: string[];
}

/** Stretches of the week in which a silence is in force; without one it is so all the time. */
export interface Recurrence {
  /** IANA name. */
  zone: string;
  /** `mon` … `sun`. */
  days: string[];
  /** Local times `HH:MM`; `to` before `from` crosses midnight. */
  from: string;
  to: string;
}

/**
 * While it lasts, `slack.alert` and `slack.post` of what fits are held back: a card until the silence is over (and then
 * posted if its episode still lasts), a message for good. Everything else goes on.
 */
export interface Silence {
  orgId: string;
  id: string;
  matcher: MuteMatcher;
  owner: string;
  reason: string;
  startsAt: number;
  endsAt: number;
  recurrence?: Recurrence;
  createdAt: number;
  createdBy: string;
  /** Ended by hand, before its time. */
  liftedAt?: number;
  liftedBy?: string;
}

/** What a pause stops: everything, the actions of one rule, of one destination, of the chats of one channel. */
export type PauseScope =
  | { kind: 'everything' }
  | { kind: 'rule'; id: string }
  | { kind: 'destination'; id: string }
  | { kind: 'channel'; id: string };

/** Holds go on counting and rules go on deciding; actions wait for the end, or are dropped. */
export interface Pause {
  orgId: string;
  id: string;
  scope: PauseScope;
  actions: 'wait' | 'drop';
  owner: string;
  reason: string;
  startsAt: number;
  /** Absent: until it is lifted. */
  endsAt?: number;
  createdAt: number;
  createdBy: string;
  liftedAt?: number;
  liftedBy?: string;
}

/** What is looked at to know whether something is held back. */
export interface MuteSubject {
  ruleId: string;
  sessionId?: string | undefined;
  channelId?: string | undefined;
  /** As events carry it. */
  assigneeId?: string | undefined;
}

/** Why an action is not carried out now. */
export interface HeldBack {
  /** As the action's row keeps it: `silence:<id>` or `pause:<id>`. */
  by: Holder;
  /** When that is over, unless it is lifted or extended before; absent while there is no end to it. */
  until?: number;
  /** For people. */
  reason: string;
  /** Whether the action waits for the end; otherwise it is given up. */
  waits: boolean;
}

export type Holder = `silence:${string}` | `pause:${string}`;

/** Longest texts of owner and reason. */
export const MAX_MUTE_TEXT = 200;
const DAY_MS = 86_400_000;
/** So long a silence may last: a month, or a year when it is in force only at times. */
export const MAX_SILENCE_MS = 31 * DAY_MS;
export const MAX_RECURRING_MS = 366 * DAY_MS;
/** So long a pause with an end may last. */
export const MAX_PAUSE_MS = 366 * DAY_MS;

export function isPausedAt(pause: Pause, at: number): boolean {
  const endsAt = pause.liftedAt ?? pause.endsAt ?? Number.POSITIVE_INFINITY;
  return at >= pause.startsAt && at < endsAt;
}

/**
 * The pause that stops an action: one that drops before one that lets wait, then that which lasts longest. An edit of a
 * card waits also where others are dropped, since a card that is never edited goes on telling what is over.
 */
export function findPause(
  pauses: readonly Pause[],
  about: { ruleId: string; destination: DestinationName; channelId?: string | undefined },
  at: number,
): Pause | undefined {
  const stopping = pauses.filter((pause) => isPausedAt(pause, at) && isInScope(pause.scope, about));
  return stopping.toSorted(byForce)[0];
}

function isInScope(
  scope: PauseScope,
  about: { ruleId: string; destination: DestinationName; channelId?: string | undefined },
): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'rule':
      return scope.id === about.ruleId;
    case 'destination':
      return scope.id === about.destination;
    case 'channel':
      return scope.id === about.channelId;
  }
}

function byForce(a: Pause, b: Pause): number {
  if (a.actions !== b.actions) return a.actions === 'drop' ? -1 : 1;
  const [aEnd = Number.POSITIVE_INFINITY, bEnd = Number.POSITIVE_INFINITY] = [a.endsAt, b.endsAt];
  if (aEnd !== bEnd) return aEnd > bEnd ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** What a pause does to an action. */
export function toPausedAction(pause: Pause, isCardEdit: boolean): HeldBack {
  const by: Holder = `pause:${pause.id}`;
  if (pause.actions === 'drop' && !isCardEdit) {
    return { by, reason: `dropped by the pause of ${pause.owner}: ${pause.reason}`, waits: false };
  }
  const end = pause.endsAt === undefined ? 'until it is lifted' : `until ${new Date(pause.endsAt).toISOString()}`;
  const reason = `waits for pause ${pause.id} of ${pause.owner}, ${end}: ${pause.reason}`;
  return { by, ...(pause.endsAt === undefined ? {} : { until: pause.endsAt }), reason, waits: true };
}
