import type { Calendar } from '../domain/calendar.ts';
import { findName } from '../domain/directory.ts';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import { toIsoTime } from '../domain/iso-time.ts';
import { isAbsent, isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import type { Session, Transition } from '../domain/session.ts';
import { toLocalTime } from './calendars/local-time.ts';

/**
 * Facts: what conditions and templates read, made from what is known of a subject at one moment. Times are ISO 8601
 * UTC texts, absent values are left out altogether (`null`, `""` and a missing field are the same to a rule). The
 * catalogue of all facts and their fields is in engine/catalogue/.
 */
export type Facts = Partial<
  Record<
    | 'event'
    | 'session'
    | 'transition'
    | 'channel'
    | 'agent'
    | 'queue'
    | 'history'
    | 'clock'
    | 'hold'
    | 'episode'
    | 'rule',
    JsonObject
  >
>;

/** What Zoho told about a channel, fetched in the background. */
export interface KnownChannel {
  name?: string;
  departmentId?: string;
  integration?: string;
}

/** A copy without absent values at the top level. */
export function present(fields: Record<string, Json | undefined>): JsonObject {
  const facts: JsonObject = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined && !isAbsent(value)) facts[name] = value;
  }
  return facts;
}

/** Guarantee: whoever reads facts takes undefined for absent, and what keeps them leaves it out. */
function sparse(fields: Record<string, Json | undefined>): JsonObject {
  return fields as JsonObject;
}

/** The same object when nothing of it is absent, else a copy. */
function withoutAbsent(value: JsonObject): JsonObject {
  if (!hasAbsent(value)) return value;
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (!isAbsent(child)) copy[key] = isJsonObject(child) ? withoutAbsent(child) : child;
  }
  return copy;
}

function hasAbsent(value: JsonObject): boolean {
  for (const key in value) {
    const child = value[key];
    if (isAbsent(child) || (isJsonObject(child) && hasAbsent(child))) return true;
  }
  return false;
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : toIsoTime(at);
}

/** The event's own fields directly under `event`, with `type` and `time`; `previous` for `*_Update` events. */
export function eventFacts(event: DeskEvent): JsonObject {
  return {
    ...withoutAbsent(event.payload),
    ...(event.previous ? { previous: withoutAbsent(event.previous) } : {}),
    type: event.type,
    time: toIsoTime(event.at),
  };
}

/** A chat's fields; those that it has not are undefined, as good as left out: it is made for every event. */
export function sessionFacts(session: Session): JsonObject {
  return sparse({
    id: session.id,
    status: session.status,
    previousStatus: session.previousStatus,
    statusSince: iso(session.statusSince),
    replyStatus: session.replyStatus,
    assigneeId: session.assigneeId,
    assigneeType: session.assigneeType,
    channelId: session.channelId,
    integration: session.integration,
    messagesCount: session.messagesCount,
    createdAt: iso(session.createdAt),
    firstAssignedAt: iso(session.firstAssignedAt),
    firstResponseAt: iso(session.firstResponseAt),
    lastInboundAt: iso(session.lastInboundAt),
    lastOutboundAt: iso(session.lastOutboundAt),
    endedAt: iso(session.endedAt),
    waitingSince: iso(session.waitingSince),
    holds: session.holds,
    reassignments: session.reassignments,
    messagesIn: session.messagesIn,
    messagesOut: session.messagesOut,
    timeIn: session.timeIn,
    ticketId: session.ticketId,
    contactId: session.contactId,
  });
}

/** `from` is what the event states, or else the status that we had. */
export function transitionFacts(transition: Transition): JsonObject {
  return present({
    from: transition.from ?? transition.known,
    to: transition.to,
    assigneeChanged: transition.assigneeChanged,
    gap: transition.gap,
    late: transition.late,
    inferred: transition.inferred ?? false,
    ours: transition.causedBy !== undefined,
  });
}

/** The directory's word goes before Zoho's; `integration` is what the chat itself says. */
export function channelFacts(
  id: string | undefined,
  integration: string | undefined,
  directory: Directory,
  known: KnownChannel | undefined,
): JsonObject {
  const listed = id === undefined ? undefined : directory.channels.get(id);
  return present({
    id,
    name: listed?.name ?? known?.name ?? id,
    integration: integration ?? listed?.integration ?? known?.integration,
    departmentId: listed?.departmentId ?? known?.departmentId,
  });
}

/** Of an agent, by the id that events carry; what is computed of them is added where a rule reads it. */
export function agentFacts(id: string, directory: Directory): JsonObject {
  return { id, name: findName(directory, id) ?? id };
}

const HOUR_MS = 3_600_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The moment being judged, in UTC, and what it is for each calendar. */
export function clockFacts(now: number, calendars: ReadonlyMap<string, Calendar>): JsonObject {
  const date = new Date(now);
  const open: JsonObject = {};
  const local: JsonObject = {};
  for (const [name, calendar] of calendars) {
    const { weekday, timeMs } = toLocalTime(calendar.zone, now);
    open[name] = calendar.isOpen(now);
    local[name] = present({ weekday: WEEKDAYS[weekday], hour: Math.floor(timeMs / HOUR_MS) });
  }
  const weekday = WEEKDAYS[date.getUTCDay()];
  return present({ now: toIsoTime(now), weekday, hour: date.getUTCHours(), open, local });
}

/** For templates: `hold.elapsed` and `hold.businessElapsed` (by the calendar of the rule's `during`) are milliseconds. */
export function holdFacts(episode: Episode, now: number, calendar: Calendar | undefined): JsonObject {
  return present({
    id: episode.id,
    startedAt: toIsoTime(episode.startedAt),
    approximate: episode.approximate,
    elapsed: Math.max(0, now - episode.startedAt),
    businessElapsed: calendar?.openTimeBetween(episode.startedAt, now),
    firings: episode.firings,
  });
}

/** For templates and cards. */
export function ruleFacts(rule: Rule): JsonObject {
  return present({ id: rule.id, name: rule.name, owner: rule.owner, runbook: rule.runbook });
}

/** The parts of a checked dotted path: `$.a.b[0]['c d']` → a, b, 0, c d. A leading `$` is optional. */
export function pathParts(path: string): string[] {
  const known = parsedPaths.get(path);
  if (known !== undefined) return known;
  const parts = [...path.matchAll(/\[(\d+)\]|\['([^']*)'\]|([^.[\]$']+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
  if (parsedPaths.size < MAX_PARSED_PATHS) parsedPaths.set(path, parts);
  return parts;
}
const parsedPaths = new Map<string, string[]>();
/** Paths come from rule files, which are bounded; the cap only guards a process that reloads for years. */
const MAX_PARSED_PATHS = 100_000;

/** The values at dotted paths as texts, null where there is none: what tells episodes and groups apart. */
export function textsAt(facts: Facts, paths: readonly string[]): (string | null)[] {
  return paths.map((path) => {
    const value = valueAt(facts, path);
    return value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** The value at a dotted path: own properties only, so no rule reaches a prototype. */
export function valueAt(value: unknown, path: string): unknown {
  return valueAtParts(value, pathParts(path));
}

export function valueAtParts(value: unknown, parts: readonly string[]): unknown {
  let present: unknown = value;
  for (const part of parts) {
    if (typeof present !== 'object' || present === null || !Object.hasOwn(present, part)) return undefined;
    present = (present as Record<string, unknown>)[part];
  }
  return present;
}
