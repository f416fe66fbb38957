import { ASSIGNEE_TYPES, REPLY_STATUSES, SESSION_STATUSES } from '../../domain/vocabulary.ts';

/** What the simulated chats are made of. All of it is open at Zoho's side, so each list ends with a value that nobody knows. */
export const UNKNOWN = 'SOMETHING_NEW';

export const STATUSES: readonly string[] = [...SESSION_STATUSES, UNKNOWN];
export const REPLIES: readonly string[] = [...REPLY_STATUSES, UNKNOWN];

/** A chat that nobody has: events carry neither an assignee nor its type. */
export const NOBODY = 'none';
export const ASSIGNEES: readonly string[] = [...ASSIGNEE_TYPES, NOBODY, UNKNOWN];

/** The statuses in which a chat is over. */
export const OVER: ReadonlySet<string> = new Set(['ENDED', 'BLOCKED']);

/** Every pair of statuses, a status and itself among them. */
export const TRANSITIONS: readonly { from: string; to: string }[] = STATUSES.flatMap((from) =>
  STATUSES.map((to) => ({ from, to })),
);

const SETTABLE = new Set(['BLOCKED>OPEN', 'OPEN>ON_HOLD', 'ON_PROGRESS>ENDED', 'ENDED>ON_HOLD']);

/**
 * Whether `PATCH /im/sessions/{id}` makes this change: any to BLOCKED, any to ENDED and four more (Zoho's OpenAPI file of
 * instant messaging). Any other is refused there; an event may tell of it all the same.
 */
export function isSettable(from: string, to: string): boolean {
  return OVER.has(to) || SETTABLE.has(`${from}>${to}`);
}
