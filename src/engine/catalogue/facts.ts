import { ASSIGNEE_TYPES, INTEGRATIONS, REPLY_STATUSES, SESSION_STATUSES } from '../../domain/vocabulary.ts';
import { ENVELOPE_FIELDS } from './event-fields.ts';
import { always, type FactField, mapOf, maybe } from './field.ts';

/**
 * Everything that rules may read, as data: the checker, the editor's completion and the documentation all read this
 * list, and the engine builds the facts after it. Times are ISO 8601 texts in UTC, durations milliseconds.
 */
export interface FactDefinition {
  about: string;
  fields: Record<string, FactField>;
  /** Whether fields that are not listed may be read too. */
  open: boolean;
  /** Where it may be read. `moment`: it belongs to the event being judged, and is gone when a hold falls due. */
  scope: 'state' | 'moment' | 'templates' | 'hold-templates';
  /** Whether a hold's conditions may read it. */
  inHoldConditions: boolean;
}

const statusField = { vocabulary: SESSION_STATUSES };
const episodeFields: Record<string, FactField> = {
  elapsed: always('number', 'milliseconds since it began; use the filter duration'),
  startedAt: always('time', 'when the conditions began to hold'),
  firings: always('number', 'how often it has fired, this time included'),
  approximate: always('boolean', 'whether it began before the time that is known'),
  id: always('string', 'id of the episode'),
};

export const FACTS = {
  event: {
    about: 'the event as it came: its type, its time and its own fields',
    fields: ENVELOPE_FIELDS,
    open: true,
    scope: 'moment',
    inHoldConditions: false,
  },
  session: {
    about: 'the chat as it stands after the event',
    fields: {
      id: always('string', 'id of the chat'),
      status: maybe('string', 'its status', statusField),
      previousStatus: maybe('string', 'the status before', statusField),
      statusSince: maybe('time', 'since when it has had its status'),
      replyStatus: maybe('string', 'whether and why not an answer can be sent', { vocabulary: REPLY_STATUSES }),
      assigneeId: maybe('string', 'Zoho user id (ZUID) of who has it; absent when nobody does'),
      assigneeType: maybe('string', 'AGENT or BOT', { vocabulary: ASSIGNEE_TYPES }),
      channelId: maybe('string', 'the channel'),
      integration: maybe('string', 'kind of channel', { vocabulary: INTEGRATIONS }),
      messagesCount: maybe('number', 'messages, as Zoho counts them'),
      createdAt: always('time', 'the first event that is known of it'),
      firstAssignedAt: maybe('time', 'first time that somebody had it'),
      firstResponseAt: maybe('time', 'first message of an agent'),
      lastInboundAt: maybe('time', "the customer's last message"),
      lastOutboundAt: maybe('time', 'the last message to the customer'),
      endedAt: maybe('time', 'when it ended'),
      waitingSince: maybe('time', "the customer's last message, when nobody has answered it"),
      holds: always('number', 'how often it entered ON_HOLD'),
      reassignments: always('number', 'how often it passed from one assignee to another'),
      messagesIn: always('number', 'messages from the customer'),
      messagesOut: always('number', 'messages to the customer'),
      timeIn: mapOf('milliseconds spent in each status', maybe('number', 'milliseconds'), statusField),
      ticketId: maybe('string', 'its ticket, once known'),
      contactId: maybe('string', 'its contact, once known'),
    },
    open: false,
    scope: 'state',
    inHoldConditions: true,
  },
  transition: {
    about: 'what an IM_Session_Status event changed',
    fields: {
      from: maybe('string', "the event's old status", statusField),
      to: maybe('string', "the event's new status", statusField),
      assigneeChanged: always('boolean', 'whether somebody else has the chat now'),
      gap: always('boolean', 'whether the old status is not the one that was known: an event is missing'),
      late: always('boolean', 'whether the event came after a later one'),
    },
    open: false,
    scope: 'moment',
    inHoldConditions: false,
  },
  channel: {
    about: 'the channel of the chat; names come from directory.json',
    fields: {
      id: maybe('string', 'id of the channel'),
      name: maybe('string', 'its name'),
      integration: maybe('string', 'its kind', { vocabulary: INTEGRATIONS }),
      departmentId: maybe('string', 'its department'),
    },
    open: false,
    scope: 'state',
    inHoldConditions: true,
  },
  clock: {
    about: 'the time of judging, in UTC',
    fields: {
      now: always('time', 'the present'),
      weekday: always('string', 'monday … sunday', {
        vocabulary: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
      }),
      hour: always('number', '0 to 23'),
    },
    open: false,
    scope: 'state',
    inHoldConditions: false,
  },
  hold: {
    about: 'the hold that fired: how long the conditions have held',
    fields: episodeFields,
    open: false,
    scope: 'hold-templates',
    inHoldConditions: false,
  },
  episode: {
    about: 'the same as hold',
    fields: episodeFields,
    open: false,
    scope: 'hold-templates',
    inHoldConditions: false,
  },
  rule: {
    about: 'the rule itself',
    fields: {
      id: always('string', 'its id'),
      name: always('string', 'its name'),
      owner: maybe('string', 'who answers for it'),
      runbook: maybe('string', 'link to what to do'),
    },
    open: false,
    scope: 'templates',
    inHoldConditions: false,
  },
} as const satisfies Record<string, FactDefinition>;

export type FactName = keyof typeof FACTS;

/** Facts that conditions may name. */
export const CONDITION_FACTS = ['event', 'session', 'transition', 'channel', 'clock'] as const satisfies FactName[];

/** Facts of the language that this version does not have, for a remedy that says so. */
export const LATER_FACTS: ReadonlySet<string> = new Set(['queue', 'history', 'agent']);

/** The definition of a fact, or undefined when there is none of that name. */
export function findFact(name: string): FactDefinition | undefined {
  return Object.hasOwn(FACTS, name) ? FACTS[toFactName(name)] : undefined;
}

/** Guarantee: the caller has checked that FACTS has this name. */
function toFactName(name: string): FactName {
  return name as FactName;
}
