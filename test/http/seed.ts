import type { ActionState } from '../../src/domain/action.ts';
import type { AlertState } from '../../src/domain/alert.ts';
import type { Outcome } from '../../src/domain/decision.ts';
import type { EpisodeState } from '../../src/domain/episode.ts';
import type {
  actions,
  alerts,
  datasetRows,
  decisions,
  events,
  holds,
  messages,
  sessions,
  transitions,
  vocabularyEntries,
} from '../../src/store/schema.ts';
import { NOW, ORG_ID } from './test-app.ts';

/** Rows as the services leave them, for reading. `at` is a number of seconds after NOW. */
const time = (at: number) => NOW + at * 1000;

export function aSession(id: string, at: number, more: Partial<typeof sessions.$inferInsert> = {}) {
  return {
    orgId: ORG_ID,
    id,
    status: 'OPEN',
    channelId: 'c1',
    assigneeId: 'a1',
    createdAt: time(at),
    statusSince: time(at),
    lastEventAt: time(at),
    holds: 0,
    reassignments: 0,
    messagesIn: 1,
    messagesOut: 0,
    timeIn: { CREATED: 1_500 },
    ...more,
  } satisfies typeof sessions.$inferInsert;
}

export function aTransition(sessionId: string, at: number, eventKey: string) {
  return {
    orgId: ORG_ID,
    sessionId,
    at: time(at),
    eventKey,
    from: 'OPEN',
    to: 'ON_HOLD',
    gap: false,
    late: false,
    assigneeChanged: true,
    recordedAt: time(at),
  } satisfies typeof transitions.$inferInsert;
}

export function aMessage(sessionId: string, at: number, eventKey: string) {
  return {
    orgId: ORG_ID,
    sessionId,
    at: time(at),
    eventKey,
    direction: 'IN',
    actorType: 'ENDUSER',
    messageType: 'TEXT',
    length: 12,
  } satisfies typeof messages.$inferInsert;
}

export function aDecision(at: number, more: { ruleId?: string; sessionId?: string; outcome?: Outcome } = {}) {
  return {
    orgId: ORG_ID,
    ruleId: 'on-hold',
    rulesetHash: 'abc',
    subject: 's1',
    sessionId: 's1',
    outcome: 'armed' as Outcome,
    mode: 'live' as const,
    at: time(at),
    decidedAt: time(at),
    reason: 'the conditions hold',
    trace: { op: 'all' as const, result: true, of: [] },
    ...more,
  } satisfies typeof decisions.$inferInsert;
}

export function aHold(id: string, due: number, state: EpisodeState, more: Partial<typeof holds.$inferInsert> = {}) {
  return {
    orgId: ORG_ID,
    id,
    ruleId: 'on-hold',
    subject: 's1',
    sessionId: 's1',
    mode: 'live' as const,
    kind: 'hold' as const,
    state,
    startedAt: time(due - 900),
    approximate: false,
    dueAt: time(due),
    dueSetAt: time(due - 900),
    stepsDone: 0,
    repeatsDone: 0,
    pausedMs: 0,
    firings: 0,
    by: [],
    alertIds: [],
    ...more,
  } satisfies typeof holds.$inferInsert;
}

export function anAction(id: string, at: number, state: ActionState, more: Partial<typeof actions.$inferInsert> = {}) {
  return {
    orgId: ORG_ID,
    id,
    key: `key-${id}`,
    firing: 'f1',
    ruleId: 'on-hold',
    rulesetHash: 'abc',
    subject: 's1',
    sessionId: 's1',
    path: '0',
    type: 'slack.post' as const,
    state,
    spec: {
      id: 'a',
      type: 'slack.post' as const,
      params: {},
      reads: [],
      onUncertain: 'repeat' as const,
      onFailure: [],
      facts: [],
    },
    context: { event: { text: 'what the customer wrote' } },
    params: { channel: '#ops' },
    attempts: 1,
    firedAt: time(at),
    createdAt: time(at),
    expiresAt: time(at + 3_600),
    finishedAt: state === 'queued' || state === 'delivering' || state === 'not_connected' ? null : time(at + 1),
    ...more,
  } satisfies typeof actions.$inferInsert;
}

export function anAlert(id: string, at: number, state: AlertState, more: Partial<typeof alerts.$inferInsert> = {}) {
  return {
    orgId: ORG_ID,
    id,
    ruleId: 'on-hold',
    subject: 's1',
    sessionId: 's1',
    state,
    openedAt: time(at),
    resolvedAt: state === 'resolved' ? time(at + 60) : null,
    card: { text: 'waited 15m', ruleName: 'On hold', severity: 'warning' as const },
    ...more,
  } satisfies typeof alerts.$inferInsert;
}

export function anEvent(key: string, at: number, more: Partial<typeof events.$inferInsert> = {}) {
  return {
    orgId: ORG_ID,
    key,
    source: 'zoho-desk',
    type: 'IM_Session_Status',
    subject: 's1',
    sessionId: 's1',
    at: time(at),
    receivedAt: time(at),
    payload: { sessionId: 's1', sessionStatus: 'OPEN' },
    ...more,
  } satisfies typeof events.$inferInsert;
}

export function aRecord(actionId: string, at: number, dataset = 'ended-chats') {
  return {
    orgId: ORG_ID,
    dataset,
    actionId,
    sessionId: 's1',
    at: time(at),
    fields: { messagesIn: 3 },
  } satisfies typeof datasetRows.$inferInsert;
}

export function anEntry(
  field: string,
  value: string,
  at: number,
  more: Partial<typeof vocabularyEntries.$inferInsert> = {},
) {
  return {
    orgId: ORG_ID,
    field,
    value,
    firstSeenAt: time(at),
    lastSeenAt: time(at),
    seen: 1,
    sample: { type: 'IM_Session_Status' },
    ...more,
  } satisfies typeof vocabularyEntries.$inferInsert;
}
