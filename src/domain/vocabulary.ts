/**
 * The values that Zoho Desk is known to send. Every one of these enums is open: Zoho adds values, so nothing parses
 * with them. They serve the checker (did you mean …), the simulation and the watch for values never seen.
 * Source: Zoho's webhook help page and its published OpenAPI files, read in 2026-06.
 */
export const SESSION_STATUSES = ['CREATED', 'OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ENDED', 'BLOCKED', 'MISSED'] as const;

export const REPLY_STATUSES = [
  'ACCEPTED',
  'CHANNEL_INACTIVE',
  'CHANNEL_REVOKED',
  'SESSION_ENDED',
  'SESSION_BLOCKED',
  'SESSION_EXPIRED',
  'UNASSIGNED',
  'NOT_AN_ASSIGNEE',
  'CREDIT_EXHAUSTED',
  'ACCESSTOKEN_EXPIRED',
  'PERMISSION_REVOKED',
  'UNEXPECTED_ERROR',
  'PAGE_REMOVED',
  'SANDBOX_LIMIT_REACHED',
  'CHANNEL_DELETED',
  'ENDUSER_OFFLINE',
] as const;

export const ASSIGNEE_TYPES = ['AGENT', 'BOT'] as const;

export const INTEGRATIONS = [
  'TELEGRAM',
  'TWILIO',
  'IM_TALK',
  'LINE',
  'WECHAT',
  'WECOM',
  'WHATSAPP',
  'FACEBOOKMESSENGER',
  'INSTAGRAM',
] as const;

export const MESSAGE_TYPES = [
  'TEXT',
  'INFO',
  'ATTACHMENT',
  'LOCATION',
  'TEMPLATE',
  'CAROUSEL',
  'LAYOUT',
  'ACTION',
  'EXTERNAL_INFO',
] as const;

export const IM_EVENT_TYPES = ['IM_Session_Status', 'IM_Message_Add', 'IM_Message_Status'] as const;

/** Statuses that `PATCH /im/sessions/{id}` accepts (Zoho's OpenAPI file). */
export const SETTABLE_STATUSES = ['OPEN', 'ON_HOLD', 'ENDED', 'BLOCKED'] as const;

export const ACTOR_TYPES = ['AGENT', 'END_USER', 'ENDUSER', 'BOT'] as const;

export const MESSAGE_STATUSES = [
  'SAVED',
  'QUEUED',
  'SENT',
  'DELIVERED',
  'READ',
  'FAILED',
  'DELETED',
  'MISSED',
] as const;

export const DIRECTIONS = ['IN', 'OUT'] as const;

/** Event types of Zoho Desk that this service has a use for; others are kept all the same. */
export const KNOWN_EVENT_TYPES = [
  ...IM_EVENT_TYPES,
  'Ticket_Add',
  'Ticket_Update',
  'Ticket_Comment_Add',
  'Ticket_Thread_Add',
  'Agent_Presence_Update',
  'Agent_Channel_Preference_Update',
  'Contact_Add',
  'Contact_Update',
] as const;
