import { OUTCOMES, type Outcome } from '../../domain/decision.ts';
import type { DeskEvent } from '../../domain/event.ts';
import { HISTORY_VERSION } from '../../domain/export/history-lines.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { MAX_LINE_LENGTH, readLine } from '../day/read-line.ts';
import type { RecordedDecision } from './run-ruleset.ts';

/**
 * One line of recorded events: an event or a decision as an export has them, or an event as Zoho Desk sends it or tests
 * write it, which is then taken to have come at its own time. Other records of an export are passed over.
 */
export type LineRecord =
  /** `isDated`: the time of its receipt was recorded, not taken from its own. */
  | { kind: 'event'; event: DeskEvent; isDated: boolean }
  | { kind: 'decision'; decision: RecordedDecision }
  /** The first line of a history: whose it is, and the end of its stretch of time, epoch ms. */
  | { kind: 'history'; portal: string; until: number | undefined }
  | { kind: 'otherVersion' }
  | { kind: 'channel'; id: string; channel: KnownChannel }
  /** The last line of a history. */
  | { kind: 'end' }
  | { kind: 'other' }
  /** `column` counts from 1. */
  | { kind: 'fault'; reason: string; column?: number };

/** @param start what `at` of hand-written events counts from, epoch ms */
export function readRecord(text: string, start = 0): LineRecord[] {
  if (text.length > MAX_LINE_LENGTH) return [fault('it is longer than 1 MiB')];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return [{ kind: 'fault', reason: 'it is not JSON', ...columnOf(error, text) }];
  }
  if (isJsonObject(value)) {
    if (typeof value['kind'] === 'string') return [ofHistory(value['kind'], value)];
    if (typeof value['outcome'] === 'string' && typeof value['ruleId'] === 'string') return [toDecision(value)];
    if (typeof value['key'] === 'string' && isJsonObject(value['payload'])) return [toEvent(value)];
  }
  return readLine(text, start).map((item) =>
    item.ok
      ? { kind: 'event', event: { ...item.event, receivedAt: item.event.at }, isDated: false }
      : { kind: 'fault', reason: item.reason },
  );
}

/** A line of a history; kinds that are not known here are passed over. */
function ofHistory(kind: string, value: JsonObject): LineRecord {
  switch (kind) {
    case 'event':
      return toEvent(value);
    case 'decision':
      return toDecision(value);
    case 'channel':
      return toChannel(value);
    case 'end':
      return { kind: 'end' };
    case 'vigia.history': {
      const { version, portal } = value;
      if (version !== HISTORY_VERSION) return { kind: 'otherVersion' };
      return { kind: 'history', portal: typeof portal === 'string' ? portal : '', until: toInstant(value['until']) };
    }
    default:
      return { kind: 'other' };
  }
}

function toChannel({ id, name, departmentId, integration }: JsonObject): LineRecord {
  if (typeof id !== 'string') return { kind: 'other' };
  const channel: KnownChannel = {};
  if (typeof name === 'string') channel.name = name;
  if (typeof departmentId === 'string') channel.departmentId = departmentId;
  if (typeof integration === 'string') channel.integration = integration;
  return { kind: 'channel', id, channel };
}

function toEvent(value: JsonObject): LineRecord {
  const { key, type, payload, previous, orgId, source, subject, sessionId } = value;
  const at = toInstant(value['at']);
  const receivedAt = toInstant(value['receivedAt']) ?? at;
  if (typeof key !== 'string' || typeof type !== 'string' || !isJsonObject(payload)) {
    return fault('an event has a key, a type and a payload');
  }
  if (typeof subject !== 'string') return fault('"subject" is missing: what the event is about');
  if (at === undefined || receivedAt === undefined) return fault('"at" and "receivedAt" are times of the event');
  const event: DeskEvent = {
    orgId: typeof orgId === 'string' ? orgId : '',
    source: typeof source === 'string' ? source : 'export',
    type,
    key,
    subject,
    at,
    receivedAt,
    payload,
  };
  if (typeof sessionId === 'string') event.sessionId = sessionId;
  if (isJsonObject(previous)) event.previous = previous;
  return { kind: 'event', event, isDated: true };
}

function toDecision(value: JsonObject): LineRecord {
  const { ruleId, rulesetHash, subject, sessionId, episodeId, eventKey, outcome, mode, step, repeat, reason } = value;
  const at = toInstant(value['at']);
  const decidedAt = toInstant(value['decidedAt']);
  if (typeof ruleId !== 'string' || typeof subject !== 'string' || !isOutcome(outcome)) {
    return fault('a decision has a rule, a subject and an outcome');
  }
  if (at === undefined || decidedAt === undefined) return fault('"at" and "decidedAt" are times of the decision');
  const decision: RecordedDecision = {
    ruleId,
    rulesetHash: typeof rulesetHash === 'string' ? rulesetHash : '',
    subject,
    outcome,
    mode: mode === 'shadow' ? 'shadow' : 'live',
    at,
    decidedAt,
    reason: typeof reason === 'string' ? reason : '',
  };
  if (typeof sessionId === 'string') decision.sessionId = sessionId;
  if (typeof episodeId === 'string') decision.episodeId = episodeId;
  if (typeof eventKey === 'string') decision.eventKey = eventKey;
  if (typeof step === 'number') decision.step = step;
  if (typeof repeat === 'number') decision.repeat = repeat;
  return { kind: 'decision', decision };
}

function isOutcome(value: unknown): value is Outcome {
  const known: readonly unknown[] = OUTCOMES;
  return known.includes(value);
}

/** Epoch ms or ISO 8601. */
function toInstant(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

/** Where the parser stopped; a text that ends too early is told at its end. */
function columnOf(error: unknown, text: string): { column?: number } {
  const message = error instanceof Error ? error.message : '';
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return { column: Number(position) + 1 };
  return /end of JSON/i.test(message) ? { column: text.length + 1 } : {};
}

function fault(reason: string): LineRecord {
  return { kind: 'fault', reason };
}
