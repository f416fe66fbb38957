import type { Decision, Outcome } from '../../domain/decision.ts';
import { parseSubject } from '../../domain/desk-subject.ts';
import type { Session } from '../../domain/session.ts';

/**
 * A rule's conclusion that it acts, or why it does not, in the few fields that a comparison of two rulesets needs. Those
 * of one ruleset are compared with those of the other, or with what was recorded.
 */
export interface Firing {
  ruleId: string;
  subject: string;
  sessionId?: string;
  /** The same on both sides where both tell of the same stretch or event; see `identityOf`. */
  identity: string;
  outcome: Outcome;
  mode: 'live' | 'shadow';
  /** 0 the firing itself, 1 the first step of the ladder … */
  step: number;
  repeat?: number;
  /** The logical moment, epoch ms. */
  at: number;
  /** Of a step or repeat: how late that was carried out which it counts from, ms; absent where it was punctual. */
  lateMs?: number;
  reason: string;
  /** Of the chat at that moment, where it is known. */
  channelId?: string;
  assigneeId?: string;
  /** How many Slack messages that tell people of something it brings; undefined where only the decision was recorded. */
  alerts?: number;
}

/** `silenced` counts among them: the rule has fired, only Slack was not told. */
const ACTING: ReadonlySet<Outcome> = new Set(['fired', 'shadow', 'silenced']);
const FORGONE: ReadonlySet<Outcome> = new Set([
  'limited',
  'excluded',
  'inhibited',
  'closed',
  'expired',
  'stale',
  'skipped',
  'error',
]);

export function hasFired({ outcome }: Pick<Firing, 'outcome'>): boolean {
  return ACTING.has(outcome);
}

/** When it would have fired, had what it counts from been carried out at its moment. Epoch ms. */
export function punctualAt({ at, lateMs = 0 }: Pick<Firing, 'at' | 'lateMs'>): number {
  return at - lateMs;
}

/** Undefined for what only tells of an episode's life. @param lateMs of what it counts from, as `Lateness` knows it */
export function toFiring(
  decision: Omit<Decision, 'orgId' | 'rulesetHash' | 'decidedAt' | 'trace'>,
  session: Pick<Session, 'channelId' | 'assigneeId'> | undefined,
  lateMs = 0,
): Firing | undefined {
  const { ruleId, subject, sessionId, outcome, mode, step = 0, repeat, at, reason } = decision;
  if (!ACTING.has(outcome) && !FORGONE.has(outcome)) return undefined;
  const firing: Firing = { ruleId, subject, identity: identityOf(decision, lateMs), outcome, mode, step, at, reason };
  if (lateMs > 0) firing.lateMs = lateMs;
  if (sessionId !== undefined) firing.sessionId = sessionId;
  if (repeat !== undefined) firing.repeat = repeat;
  const about = parseSubject(subject);
  const channelId = session?.channelId ?? (about?.kind === 'channel' ? about.id : undefined);
  const assigneeId = session?.assigneeId ?? (about?.kind === 'agent' ? about.id : undefined);
  if (channelId !== undefined) firing.channelId = channelId;
  if (assigneeId !== undefined) firing.assigneeId = assigneeId;
  return firing;
}

/** The episode, which has the same id whenever it fires, or the event; of a rule that goes by the clock, the tick. */
function identityOf(decision: Parameters<typeof toFiring>[0], lateMs: number): string {
  const { ruleId, subject, episodeId, eventKey, step = 0, repeat } = decision;
  const at = punctualAt({ at: decision.at, lateMs });
  const place = repeat === undefined ? String(step) : `r${repeat}`;
  const what = parseSubject(subject) === undefined ? (episodeId ?? eventKey ?? String(at)) : String(at);
  return `${ruleId}\n${subject}\n${what}\n${place}`;
}
