import { KNOWN_EVENT_TYPES, SESSION_STATUSES } from '../../domain/vocabulary.ts';

/** What the catalogue says of one param of a computed fact. */
export interface ParamDefinition {
  /** `status`: one, or a list of them. `choice`: one of `values`, nothing else. */
  kind: 'text' | 'status' | 'boolean' | 'duration' | 'choice';
  /** One line for people. */
  about: string;
  required?: boolean;
  /** Known values; of a `choice` all there are, otherwise another one is worth a warning only. */
  values?: readonly string[];
}

/** Statuses of a chat that can stand in a queue. */
export const QUEUE_STATUSES = SESSION_STATUSES.filter((status) => status !== 'ENDED');

/** What history may be counted by. */
export const HISTORY_BY = ['session', 'channel', 'assignee'] as const;

/** The facts whose conditions say by `params` what to compute. */
export const PARAMS: Readonly<Record<'queue' | 'history', Readonly<Record<string, ParamDefinition>>>> = {
  queue: {
    status: {
      kind: 'status',
      about: 'a status or a list of them; default: every one but ENDED',
      values: QUEUE_STATUSES,
    },
    unassigned: {
      kind: 'boolean',
      about: 'true: chats that nobody has; false: chats that somebody has; default: both',
    },
    olderThan: { kind: 'duration', about: 'only chats that have been in their status for at least this long' },
    channelId: { kind: 'text', about: 'only chats of this channel' },
    departmentId: { kind: 'text', about: 'only chats of the channels of this department: its id or its name' },
  },
  history: {
    status: { kind: 'text', about: 'count how often this status was entered', values: SESSION_STATUSES },
    event: { kind: 'text', about: 'count events of this type', values: KNOWN_EVENT_TYPES },
    by: { kind: 'choice', about: 'of the same chat, channel or assignee', required: true, values: HISTORY_BY },
    within: { kind: 'duration', about: 'how far back', required: true },
  },
};

export type ParamFact = keyof typeof PARAMS;

/** Whether conditions say by params what this fact is to compute. */
export function takesParams(fact: string): fact is ParamFact {
  return Object.hasOwn(PARAMS, fact);
}

/** History by channel or assignee goes through all that happened there: it looks back no further. */
export const MAX_SHARED_HISTORY = '1d';
