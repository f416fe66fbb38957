/**
 * The values that Zoho Desk is known to send, each with where that is said and when it was read there. Every one of these
 * enums is open: Zoho adds values, so nothing parses with them. They serve the checker (did you mean …), the simulation,
 * and the watch for values never seen, which keeps what is new and tells people.
 */
export const VOCABULARY_SOURCES = {
  webhookHelp: "Zoho's help page of the instant-messaging webhooks",
  openApi: "Zoho Desk's OpenAPI file of instant messaging, v1.0",
  webhookGuide: "Zoho Desk's list of webhook events",
} as const;
export type VocabularySource = keyof typeof VOCABULARY_SOURCES;

export interface KnownValue {
  value: string;
  source: VocabularySource;
  /** Month in which the source was read, `YYYY-MM`. */
  since: string;
  /** Documented, but the page does not make its spelling certain. */
  uncertain?: boolean;
}

const listed = (source: VocabularySource, ...values: string[]): KnownValue[] =>
  values.map((value) => ({ value, source, since: '2026-06' }));

/** By vocabulary: the fields that speak the same one share it, such as `sessionStatus` of an event and a chat's status. */
export const VOCABULARIES = {
  'session.status': [
    ...listed('webhookHelp', 'CREATED', 'OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ENDED', 'BLOCKED'),
    ...listed('openApi', 'MISSED'),
  ],
  'session.replyStatus': [
    ...listed('webhookHelp', 'ACCEPTED', 'CHANNEL_INACTIVE', 'CHANNEL_REVOKED', 'SESSION_ENDED', 'SESSION_BLOCKED'),
    ...listed('webhookHelp', 'SESSION_EXPIRED', 'UNASSIGNED', 'NOT_AN_ASSIGNEE', 'CREDIT_EXHAUSTED'),
    ...listed('webhookHelp', 'ACCESSTOKEN_EXPIRED', 'PERMISSION_REVOKED', 'UNEXPECTED_ERROR', 'PAGE_REMOVED'),
    ...listed('webhookHelp', 'SANDBOX_LIMIT_REACHED', 'CHANNEL_DELETED', 'ENDUSER_OFFLINE'),
    ...listed('webhookHelp', 'CONFIG_SKIPPED_CHANNEL').map((known) => ({ ...known, uncertain: true })),
  ],
  'session.assigneeType': listed('webhookHelp', 'AGENT', 'BOT'),
  'channel.integration': [
    ...listed('openApi', 'TELEGRAM', 'TWILIO', 'IM_TALK', 'LINE', 'WECHAT', 'WECOM', 'WHATSAPP'),
    ...listed('openApi', 'FACEBOOKMESSENGER', 'INSTAGRAM'),
  ],
  'message.type': [
    ...listed('openApi', 'TEXT', 'INFO', 'ATTACHMENT', 'LOCATION', 'TEMPLATE', 'CAROUSEL', 'LAYOUT', 'ACTION'),
    ...listed('openApi', 'EXTERNAL_INFO'),
  ],
  'message.status': listed('openApi', 'SAVED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'DELETED', 'MISSED'),
  'message.direction': listed('openApi', 'IN', 'OUT'),
  /** Zoho's help page writes ENDUSER, its OpenAPI file END_USER. */
  'actor.type': [...listed('openApi', 'AGENT', 'END_USER', 'BOT'), ...listed('webhookHelp', 'ENDUSER')],
  /** Those that this service has a use for; others are kept all the same. */
  'event.type': [
    ...listed('webhookHelp', 'IM_Session_Status', 'IM_Message_Add'),
    ...listed('webhookGuide', 'IM_Message_Status', 'Ticket_Add', 'Ticket_Update', 'Ticket_Comment_Add'),
    ...listed('webhookGuide', 'Ticket_Thread_Add', 'Agent_Presence_Update', 'Agent_Channel_Preference_Update'),
    ...listed('webhookGuide', 'Contact_Add', 'Contact_Update'),
  ],
} as const satisfies Record<string, readonly KnownValue[]>;

/** A vocabulary of values. */
export type VocabularyName = keyof typeof VOCABULARIES;

/**
 * Documented reply statuses that are in no list above, since Zoho's page says what they mean and not how they are
 * spelled. When one comes, it is told as a value never seen.
 */
export const UNSPELLED_REPLY_STATUSES = [
  'a limit of outgoing messages is reached',
  'the chat is assigned to another Zoho service',
] as const;

/** Names of the vocabularies of values, as the watch and the API write them. */
export const VOCABULARY_NAMES: readonly VocabularyName[] = Object.keys(VOCABULARIES).map(toVocabularyName);

/** Guarantee: called with keys of VOCABULARIES only. */
function toVocabularyName(name: string): VocabularyName {
  return name as VocabularyName;
}

const VALUES = new Map<string, ReadonlySet<string>>(
  Object.entries(VOCABULARIES).map(([name, known]) => [name, new Set(known.map(({ value }) => value))]),
);

/** The known values of a vocabulary, in their order. */
export function valuesOf(name: VocabularyName): readonly string[] {
  return VOCABULARIES[name].map(({ value }) => value);
}

/** Whether the value is one of those that ship; false for a vocabulary that nobody knows. */
export function isShippedValue(name: string, value: string): boolean {
  return VALUES.get(name)?.has(value) === true;
}

export const SESSION_STATUSES = valuesOf('session.status');
export const REPLY_STATUSES = valuesOf('session.replyStatus');
export const ASSIGNEE_TYPES = valuesOf('session.assigneeType');
export const INTEGRATIONS = valuesOf('channel.integration');
export const MESSAGE_TYPES = valuesOf('message.type');
export const ACTOR_TYPES = valuesOf('actor.type');
export const MESSAGE_STATUSES = valuesOf('message.status');
export const KNOWN_EVENT_TYPES = valuesOf('event.type');

/** Statuses that `PATCH /im/sessions/{id}` accepts (Zoho's OpenAPI file). */
export const SETTABLE_STATUSES = ['OPEN', 'ON_HOLD', 'ENDED', 'BLOCKED'] as const;

/** The vocabulary of names of fields, such as `IM_Session_Status.queueId`: what payloads carry beyond what is known. */
export const FIELD_VOCABULARY = 'event.field';

/** Values that people have accepted, by vocabulary: known from then on. */
export type AcceptedValues = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a value ships as known or was accepted. */
export function isKnownValue(name: string, value: string, accepted: AcceptedValues | undefined): boolean {
  return isShippedValue(name, value) || accepted?.get(name)?.has(value) === true;
}
