import { ENVELOPE_FIELDS } from './event-fields.ts';
import { always, computed, type FactField, mapOf, maybe, speaking } from './field.ts';
import { QUEUE_STATUSES } from './params.ts';

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

const statusField = speaking('session.status');
const weekdayField = always('string', 'monday … sunday', {
  vocabulary: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
});
const hourField = always('number', '0 to 23');
const episodeFields: Record<string, FactField> = {
  elapsed: always('number', 'milliseconds since it began; use the filter duration'),
  businessElapsed: maybe('number', 'the same, of the open hours of `during`; absent without a calendar'),
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
      replyStatus: maybe('string', 'whether and why not an answer can be sent', speaking('session.replyStatus')),
      assigneeId: maybe('string', 'Zoho user id (ZUID) of who has it; absent when nobody does'),
      assigneeType: maybe('string', 'AGENT or BOT', speaking('session.assigneeType')),
      channelId: maybe('string', 'the channel'),
      integration: maybe('string', 'kind of channel', speaking('channel.integration')),
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
      inferred: always('boolean', 'whether no event told it: it was found when the chat was read again'),
      ours: always('boolean', 'whether an action of ours caused it'),
    },
    open: false,
    scope: 'moment',
    inHoldConditions: false,
  },
  channel: {
    about: 'the channel of the chat, or that a schedule rule is judged for; names come from directory.json',
    fields: {
      id: maybe('string', 'id of the channel'),
      name: maybe('string', 'its name'),
      integration: maybe('string', 'its kind', speaking('channel.integration')),
      departmentId: maybe('string', 'its department'),
      counts: computed(
        mapOf('its open chats by status', always('number', 'open chats'), { vocabulary: QUEUE_STATUSES }),
      ),
      silentSeconds: computed(maybe('number', 'for how long nothing has come from it')),
      usualSilenceSeconds: computed(
        maybe('number', 'the longest that it is ever silent at this hour of the week; absent until that is known'),
      ),
      unusuallySilent: computed(
        maybe('boolean', 'whether it has been silent for clearly longer than that; absent until that is known'),
      ),
    },
    open: false,
    scope: 'state',
    inHoldConditions: true,
  },
  agent: {
    about: 'the agent who has the chat, or whom a schedule rule is judged for',
    fields: {
      id: maybe('string', 'Zoho user id (ZUID), as session.assigneeId'),
      name: maybe('string', 'the name'),
      online: computed(maybe('boolean', 'whether they are there, as Zoho Desk said within the last minutes')),
      openSessions: computed(always('number', 'chats that they have and that have not ended')),
    },
    open: false,
    scope: 'state',
    inHoldConditions: false,
  },
  queue: {
    about: 'open chats: how many, and for how long they have been in their status',
    fields: {
      count: computed(always('number', 'how many')),
      oldestSeconds: computed(maybe('number', 'the longest time')),
      p50Seconds: computed(maybe('number', 'the time that half of them exceed')),
      p95Seconds: computed(maybe('number', 'the time that one in twenty exceeds')),
    },
    open: false,
    scope: 'state',
    inHoldConditions: false,
  },
  history: {
    about: 'how often something happened lately',
    fields: { count: computed(maybe('number', 'how often; absent where there is no such chat, channel or assignee')) },
    open: false,
    scope: 'state',
    inHoldConditions: false,
  },
  clock: {
    about: 'the time of judging, in UTC; and the calendars of calendars.json at that time',
    fields: {
      now: always('time', 'the present'),
      weekday: weekdayField,
      hour: hourField,
      open: mapOf('whether each calendar is open: open.<calendar>', always('boolean', 'whether it is open')),
      local: mapOf('local.<calendar>.weekday and .hour: the time in the zone of each calendar', {
        kind: 'object',
        about: 'the time in its zone',
        optional: false,
        fields: { weekday: weekdayField, hour: hourField },
      }),
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
export const CONDITION_FACTS = [
  'event',
  'session',
  'transition',
  'channel',
  'agent',
  'queue',
  'history',
  'clock',
] as const satisfies FactName[];

/** The definition of a fact, or undefined when there is none of that name. */
export function findFact(name: string): FactDefinition | undefined {
  return Object.hasOwn(FACTS, name) ? FACTS[toFactName(name)] : undefined;
}

/** Guarantee: the caller has checked that FACTS has this name. */
function toFactName(name: string): FactName {
  return name as FactName;
}
