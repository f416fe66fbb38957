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

/** Undefined for what only tells of an episode's life. */
export function toFiring(
  decision: Omit<Decision, 'orgId' | 'rulesetHash' | 'decidedAt' | 'trace'>,
  session: Pick<Session, 'channelId' | 'assigneeId'> | undefined,
): Firing | undefined {
  const { ruleId, subject, sessionId, outcome, mode, step = 0, repeat, at, reason } = decision;
  if (!ACTING.has(outcome) && !FORGONE.has(outcome)) return undefined;
  const firing: Firing = { ruleId, subject, identity: identityOf(decision), outcome, mode, step, at, reason };
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
function identityOf({ ruleId, subject, episodeId, eventKey, step = 0, repeat, at }: Parameters<typeof toFiring>[0]) {
  const place = repeat === undefined ? String(step) : `r${repeat}`;
  const what = parseSubject(subject) === undefined ? (episodeId ?? eventKey ?? String(at)) : String(at);
  return `${ruleId}\n${subject}\n${what}\n${place}`;
}
