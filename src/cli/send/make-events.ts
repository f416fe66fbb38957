import { findNearest } from '../../domain/did-you-mean.ts';
import { nameKey } from '../../domain/directory.ts';
import { AppError } from '../../domain/errors.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { isAbsent, isJsonObject, type JsonObject } from '../../domain/json.ts';
import { parseJsonText } from '../../domain/json-text.ts';
import { SESSION_STATUSES } from '../../domain/vocabulary.ts';
import { sandboxWorld } from '../../sandbox/world.ts';
import type { SendOptions } from './send-options.ts';

/** Makes what is sent: one event out of options, or those of a file, in the shapes of Zoho's own samples. */

export interface Stamp {
  orgId: string;
  /** The event's time, epoch ms. */
  at: number;
}

/** The one event that the options describe. */
export function toEvent(options: SendOptions, { orgId, at }: Stamp): JsonObject {
  const sessionId = options.session;
  if (sessionId === undefined) throw wrong('--session is missing', 'Name the chat: any id, such as --session s1');
  const envelope = (eventType: string, payload: JsonObject) => ({ payload, eventTime: String(at), eventType, orgId });
  return options.status === undefined
    ? envelope(MESSAGE_ADD_EVENT, toMessagePayload(options, sessionId, at))
    : envelope(SESSION_STATUS_EVENT, toStatusPayload(options, options.status, sessionId));
}

function toStatusPayload(options: SendOptions, status: string, sessionId: string): JsonObject {
  const { assignee } = options;
  return {
    currentAssigneeId: assignee === undefined ? null : toAssigneeId(assignee),
    sessionStatus: status,
    replyStatus: options.replyStatus ?? 'ACCEPTED',
    sessionOldStatus: options.old ?? null,
    sessionId,
    messagesCount: options.count ?? '1',
    assigneeType: assignee === undefined ? null : (options.assigneeType ?? 'AGENT'),
    channelId: toChannel(options.channel).id,
  };
}

function toMessagePayload(options: SendOptions, sessionId: string, at: number): JsonObject {
  const direction = options.message?.toUpperCase();
  if (direction !== 'IN' && direction !== 'OUT') {
    throw wrong(`--message ${options.message} is no direction`, 'Give IN for the customer, OUT for the agent.');
  }
  const channel = toChannel(options.channel);
  return {
    actor: direction === 'IN' ? { name: 'Test customer', type: 'ENDUSER' } : { name: 'Test agent', type: 'AGENT' },
    messageType: options.messageType ?? 'TEXT',
    integration: channel.integration,
    createdTime: String(at),
    sessionId,
    // By its id a message is recognised when it comes again.
    id: options.id ?? `${at}${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`,
    text: options.text ?? 'Hello from vigia send',
    channelId: channel.id,
    direction,
    status: direction === 'IN' ? 'SAVED' : 'SENT',
  };
}

/** A channel by id or by its name in the sandbox; the sandbox's first when none is named. */
function toChannel(idOrName: string | undefined): { id: string; integration: string } {
  const [first] = sandboxWorld.channels;
  const wanted = idOrName ?? first?.id ?? '';
  const found = sandboxWorld.channels.find(({ id, name }) => id === wanted || nameKey(name) === nameKey(wanted));
  return { id: found?.id ?? wanted, integration: found?.integration ?? 'WHATSAPP' };
}

/** An agent of the sandbox by name becomes the id that Zoho's events carry; anything else is taken as an id. */
function toAssigneeId(idOrName: string): string {
  const key = nameKey(idOrName);
  const agent = sandboxWorld.agents.find(({ firstName, lastName }) => nameKey(`${firstName} ${lastName}`) === key);
  return agent?.zuid ?? idOrName;
}

/** What Zoho is not known to send, but sends one day: worth a word, no reason to refuse. */
export function findOddStatus({ status }: SendOptions): string | undefined {
  const known: readonly string[] = SESSION_STATUSES;
  if (status === undefined || known.includes(status)) return undefined;
  const nearest = findNearest(status, known);
  const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  return `${status} is no status that Zoho is known to send${hint}; it is sent as given.`;
}

/**
 * The events of a file: one, or an array. They are sent as they are, so that a receiver can be tried on broken ones too;
 * an object without `eventTime` or `orgId` gets them.
 * @param name the file's, for messages
 */
export function toEvents(text: string, name: string, { orgId, at }: Stamp): unknown[] {
  const parsed = parseJsonText(text);
  if (parsed === undefined) throw wrong(`${name} is not JSON`, 'Give one event or an array of events.');
  const { value } = parsed;
  if (!Array.isArray(value) && !isJsonObject(value)) {
    throw wrong(`${name} holds no events`, 'Give one event or an array: { "eventType": …, "payload": { … } }');
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw wrong(`${name} holds an empty array`, 'Give at least one event.');
  return items.map((item) => {
    if (!isJsonObject(item)) return item;
    return {
      ...item,
      ...(isAbsent(item['eventTime']) ? { eventTime: String(at) } : {}),
      ...(isAbsent(item['orgId']) ? { orgId } : {}),
    };
  });
}

function wrong(message: string, remedy: string): AppError {
  return new AppError('bad_request', message, { remedy });
}
