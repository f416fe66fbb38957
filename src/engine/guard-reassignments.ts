import type { ActionSpec } from '../domain/action.ts';
import type { Rule } from '../domain/rule.ts';
import { type Cause, type Draft, readLimit, recordDecision, writeLimit } from './draft.ts';

/**
 * However rules are written, together they give one chat to somebody else only so often: two rules that undo each
 * other's work, or one that finds its own condition again, would pass a customer round without an end. What is over it
 * is left out of the firing, and people are told. Counted like a rule's limit, across workers, in a window of its own.
 */
export const DEFAULT_MAX_REASSIGNMENTS = 3;
export const REASSIGNMENTS_WINDOW_MS = 3_600_000;
/** Stands for a rule's id in the limit windows; no rule can have it. */
export const REASSIGN_LIMIT_ID = '~reassign';

export interface GuardedFiring {
  rule: Rule;
  specs: readonly ActionSpec[];
  episodeId: string | undefined;
  /** As in EmitRequest. */
  step: string;
  cause: Cause;
}

/** The actions of a live firing without those that would reassign the chat once too often. */
export function guardReassignments(draft: Draft, firing: GuardedFiring): readonly ActionSpec[] {
  const { specs, cause } = firing;
  if (draft.sessionId === undefined || !specs.some(reassigns)) return specs;
  const key = { ruleId: REASSIGN_LIMIT_ID, scope: draft.subject };
  // By when it is carried out: what fell due during a downtime is carried out all at once.
  const at = Math.max(draft.now, cause.at);
  const most = draft.maxReassignments;
  return specs.flatMap((spec): ActionSpec[] => {
    if (!reassigns(spec)) return [spec];
    const lately = (readLimit(draft, key) ?? []).filter((one) => one > at - REASSIGNMENTS_WINDOW_MS);
    if (lately.length < most) {
      writeLimit(
        draft,
        key,
        [...lately, at].sort((a, b) => a - b),
      );
      return [spec];
    }
    stop(draft, firing, spec, { times: lately.length, at });
    return spec.type === 'zoho.assignSession' ? [] : [withoutReassigning(spec)];
  });
}

function stop(
  draft: Draft,
  { rule, episodeId, step, cause }: GuardedFiring,
  spec: ActionSpec,
  { times, at }: { times: number; at: number },
): void {
  const often = times === 1 ? 'once' : `${times} times`;
  const reason = `rules have reassigned this chat ${often} within 1h, which is the most: "${spec.id}" was left out`;
  const number = Number(step);
  recordDecision(draft, rule, cause, 'limited', reason, {
    episodeId,
    step: Number.isNaN(number) ? undefined : number,
  });
  if (draft.sessionId === undefined) return;
  draft.effects.notices.push({ kind: 'reassignments', sessionId: draft.sessionId, ruleId: rule.id, times, at });
}

/** Whether an action reassigns the chat, itself or where it fails. */
export function reassigns({ type, onFailure }: ActionSpec): boolean {
  return type === 'zoho.assignSession' || onFailure.some(reassigns);
}

function withoutReassigning(spec: ActionSpec): ActionSpec {
  const onFailure = spec.onFailure.filter(({ type }) => type !== 'zoho.assignSession').map(withoutReassigning);
  return { ...spec, onFailure };
}
