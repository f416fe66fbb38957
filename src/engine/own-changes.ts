import type { Session, Transition } from '../domain/session.ts';

/**
 * A change of this chat in Zoho Desk that an action of ours made, or is making right now: a webhook may tell of it before
 * the answer of Zoho is saved. Zoho's events do not say who caused them, so they are recognised by what they show.
 */
export type OwnChange =
  | {
      kind: 'assign';
      actionId: string;
      /** When the attempt began, epoch ms by our clock. */
      startedAt: number;
      /** By which ids an event may name the new assignee; empty while it is not known whom a pick will choose. */
      assignees: readonly string[];
      /** Whether these are all; otherwise an id that is not among them may be the same agent's. */
      complete: boolean;
      /** Who had the chat when the rule fired, as events name them. */
      from?: string;
    }
  | { kind: 'status'; actionId: string; startedAt: number; status: string };

/** An event may be so much older than the attempt (clocks differ) … */
const BEFORE_MS = 5_000;
/** … or so much younger: Zoho may be slow to carry it out, and to say so. */
const AFTER_MS = 120_000;

/** The action that caused a transition, if one of ours did. The latest attempt goes first. */
export function findCause(
  changes: readonly OwnChange[],
  transition: Transition,
  session: Session | undefined,
): string | undefined {
  return changes
    .filter(({ startedAt }) => transition.at >= startedAt - BEFORE_MS && transition.at <= startedAt + AFTER_MS)
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .find((change) =>
      change.kind === 'status' ? showsStatus(change.status, transition) : showsAssignee(change, transition, session),
    )?.actionId;
}

/** The event that enters the status, not a later one of the same status. */
function showsStatus(status: string, { from, to, known }: Transition): boolean {
  return to === status && (from ?? known) !== status;
}

/** The event in which the chat changes hands, not what the new assignee does afterwards. */
function showsAssignee(
  { assignees, complete, from }: Extract<OwnChange, { kind: 'assign' }>,
  { assigneeId, assigneeChanged, late }: Transition,
  session: Session | undefined,
): boolean {
  if (assigneeId === undefined || assigneeId === from) return false;
  if (!assigneeChanged && !late && session !== undefined) return false;
  return assignees.includes(assigneeId) || !complete;
}
