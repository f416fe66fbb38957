import type { Hono } from 'hono';
import type { BoardAlert, BoardGroup, BoardSnapshot, ChatRef } from '../../src/dashboard/board-snapshot.ts';
import type { ChatView } from '../../src/dashboard/chat-view.ts';
import { createDashboard } from '../../src/dashboard/dashboard.ts';
import type { DashboardDeps } from '../../src/dashboard/deps.ts';
import type { RulesView } from '../../src/dashboard/rules-view.ts';
import type { VocabularyItem } from '../../src/dashboard/vocabulary-view.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { Explanation } from '../../src/engine/explain/explanation.ts';
import type { DecisionRow } from '../../src/store/read/decisions.ts';
import { createTestHub, type TestHub } from './test-hub.ts';

/** A dashboard over made-up data, in which every text that can come from outside is `text`. */
export const NOW = Date.parse('2026-03-02T13:00:00Z');

export interface MadeUpDashboard {
  app: Hono;
  clock: ManualClock;
  hub: TestHub;
  /** `acknowledge <alert> by <actor>` */
  acknowledged: string[];
}

export function createMadeUpDashboard(changes: Partial<DashboardDeps> = {}, text = 'plain'): MadeUpDashboard {
  const clock = createManualClock(NOW);
  const hub = createTestHub();
  const acknowledged: string[] = [];
  const app = createDashboard({
    clock,
    hub,
    assets: { 'htmx.js': '/* htmx */', 'vigia.css': '/* css */', 'vigia.js': '/* js */' },
    setup: { hasOrgId: true, publicUrl: 'https://vigia.example', webhookHasSecret: true },
    board: async () => aSnapshot(text),
    chat: async (id) => (id === text ? aChat(text) : undefined),
    rules: async () => someRules(text),
    why: async (id) =>
      id === text
        ? { rules: [anExplanation(text)], chosen: anExplanation(text), more: true, trouble: 'noRule' }
        : undefined,
    mutes: async () => ({
      pauses: [
        {
          id: text,
          scope: { kind: 'rule', id: text },
          name: text,
          actions: 'wait',
          owner: text,
          reason: text,
          startsAt: NOW,
          endsAt: null,
          heldBack: 3,
          waiting: 2,
          more: false,
        },
      ],
      silences: [{ id: text, names: [text], owner: text, reason: text, until: NOW + 3_600_000, heldBack: 1 }],
    }),
    async liftPause(id, by) {
      acknowledged.push(`lift ${id} by ${by}`);
    },
    vocabulary: async () => ({
      fresh: { rows: [aWord(text)], more: true },
      accepted: [{ ...aWord(text), acceptedAt: NOW, acceptedBy: text }],
    }),
    async accept({ field, value }, by) {
      acknowledged.push(`accept ${field} ${value} by ${by}`);
      return { ...aWord(text), acceptedAt: NOW, acceptedBy: by };
    },
    alert: async (id) => (id === text ? anAlertRow(text) : undefined),
    decision: async (id) => (id === 7 ? { ...aDecisionRow(text), chat: aChatRef(text) } : undefined),
    group: async (id) => (id === text ? aGroupRow(text) : undefined),
    async acknowledgeGroup(id, by) {
      acknowledged.push(`acknowledge group ${id} by ${by}`);
    },
    async acknowledge(id, by) {
      acknowledged.push(`acknowledge ${id} by ${by}`);
    },
    ...changes,
  });
  return { app, clock, hub, acknowledged };
}

/** A board on which nothing has ever happened. */
export const emptySnapshot: BoardSnapshot = {
  anyEvent: false,
  counts: [],
  chats: { rows: [], more: false },
  holds: { rows: [], more: false },
  groups: [],
  alerts: { rows: [], more: false },
  decisions: [],
  actions: [],
  troubled: [],
  troubles: {},
  tiles: [],
  datasets: [],
  system: {
    ruleset: null,
    faults: [],
    destinations: [{ name: 'slack', connected: false }],
    inboxEvents: 0,
    inboxSince: null,
    unfinished: {},
    silentSince: null,
    gaps: 0,
    holdsRunning: 0,
    alertsOpen: 0,
    newVocabulary: 0,
    unreadable: { count: 0, latest: null },
  },
};

export function aWord(text: string): VocabularyItem {
  return {
    field: text,
    value: text,
    firstSeenAt: NOW - 60_000,
    lastSeenAt: NOW,
    seen: 2,
    sample: { type: text },
    rules: [{ id: text, name: text, onUnknown: 'skip' }],
    acceptedAt: null,
    acceptedBy: null,
  };
}

const named = (text: string) => ({ id: text, name: text });

function aChatRef(text: string): ChatRef & { id: string } {
  return { id: text, subject: text, status: text, channel: named(text), assignee: named(text) };
}

export function aGroupRow(text: string): BoardGroup {
  return {
    id: text,
    rule: named(text),
    severity: 'warning',
    text,
    openedAt: NOW - 60_000,
    open: 1_200,
    acknowledged: 3,
    areChats: true,
    runbook: text,
  };
}

export function anAlertRow(text: string): BoardAlert {
  return {
    id: text,
    rule: named(text),
    state: 'open',
    severity: 'critical',
    text,
    heldBack: null,
    openedAt: NOW - 60_000,
    acknowledgedAt: null,
    acknowledgedBy: null,
    nextStepAt: NOW + 60_000,
    runbook: text,
    chat: aChatRef(text),
  };
}

function anActionRow(text: string): BoardSnapshot['actions'][number] {
  return {
    id: text,
    type: 'slack.post',
    state: 'refused',
    rule: named(text),
    reason: text,
    attempts: 2,
    createdAt: NOW - 5_000,
    chat: aChatRef(text),
  };
}

const aHoldRow = (text: string): BoardSnapshot['holds']['rows'][number] => ({
  id: text,
  rule: named(text),
  mode: 'live',
  startedAt: NOW - 60_000,
  approximate: true,
  dueAt: NOW + 840_000,
  chat: aChatRef(text),
});

export function aSnapshot(text: string): BoardSnapshot {
  return {
    anyEvent: true,
    counts: [
      { channel: named(text), status: text, chats: 3, unassigned: 1, waiting: 1, waitingSince: NOW - 30_000 },
      { channel: null, status: null, chats: 1, unassigned: 0, waiting: 0, waitingSince: null },
    ],
    chats: {
      rows: [
        {
          ...aChatRef(text),
          assigneeType: text,
          statusSince: NOW - 60_000,
          waitingSince: NOW - 30_000,
          messagesIn: 2,
          messagesOut: 1,
        },
      ],
      more: true,
    },
    holds: { rows: [aHoldRow(text)], more: false },
    groups: [aGroupRow(text)],
    alerts: { rows: [anAlertRow(text)], more: false },
    decisions: [
      {
        id: 7,
        rule: named(text),
        outcome: 'fired',
        mode: 'live',
        step: 1,
        decidedAt: NOW - 2_000,
        reason: text,
        chat: aChatRef(text),
      },
    ],
    actions: [anActionRow(text)],
    troubled: [anActionRow(text)],
    troubles: { refused: 1 },
    tiles: [
      { tile: text, by: text, value: text },
      { tile: text, by: '', value: 4 },
    ],
    datasets: [{ dataset: text, rows: 3, lastAt: NOW - 1_000 }],
    system: {
      ...emptySnapshot.system,
      ruleset: { hash: text, live: 1, shadow: 1, off: 1, loadedAt: NOW - 90_000 },
      faults: someRules(text).faults.slice(),
      silentSince: NOW - 90_000,
      gaps: 2,
      holdsRunning: 1,
      alertsOpen: 1,
    },
  };
}

export function someRules(text: string): RulesView {
  return {
    ruleset: { hash: text, loadedAt: NOW - 90_000 },
    rules: [
      {
        rule: {
          id: text,
          name: text,
          description: text,
          owner: text,
          runbook: text,
          tags: [text],
          mode: 'live',
          trigger: { kind: 'event', on: [text], late: false },
          actions: [text],
          steps: 1,
          limit: { count: 2, per: 'session', withinMs: 3_600_000 },
        },
        sentences: { en: [text, text], 'pt-BR': [text, text] },
        activity: { ruleId: text, fired: 2, lastFiredAt: NOW - 1_000, errors: 1, lastErrorAt: NOW, lastError: text },
      },
    ],
    faults: [{ severity: 'error', file: text, line: 3, column: 5, code: 'unknown-fact', message: text, remedy: text }],
  };
}

export function aDecisionRow(text: string): DecisionRow {
  return {
    orgId: '1',
    id: 7,
    ruleId: text,
    rulesetHash: text,
    subject: text,
    sessionId: text,
    episodeId: null,
    eventKey: null,
    outcome: 'fired',
    mode: 'live',
    step: 1,
    repeat: null,
    at: NOW - 2_000,
    decidedAt: NOW - 1_000,
    reason: text,
    trace: {
      op: 'any',
      result: true,
      of: [
        { op: 'condition', name: text, result: true, of: [] },
        { op: 'leaf', fact: text, path: text, operator: text, expected: { key: text }, actual: text, result: false },
        { op: 'leaf', fact: text, operator: text },
      ],
    },
  };
}

export function aChat(text: string): ChatView {
  const { trace: _trace, ...decision } = aDecisionRow(text);
  const event = { orgId: '1', sessionId: text, at: NOW - 9_000, eventKey: text, channelId: text };
  return {
    session: {
      orgId: '1',
      id: text,
      status: text,
      previousStatus: text,
      statusSince: NOW - 60_000,
      statusSinceApproximate: true,
      replyStatus: text,
      assigneeId: text,
      assigneeType: text,
      channelId: text,
      integration: text,
      messagesCount: 3,
      createdAt: NOW - 600_000,
      firstAssignedAt: NOW - 500_000,
      firstResponseAt: null,
      lastInboundAt: NOW - 30_000,
      lastOutboundAt: null,
      endedAt: null,
      waitingSince: NOW - 30_000,
      holds: 1,
      reassignments: 0,
      messagesIn: 2,
      messagesOut: 0,
      timeIn: { [text]: 60_000 },
      ticketId: text,
      contactId: text,
      lastEventAt: NOW - 9_000,
    },
    channel: named(text),
    assignee: named(text),
    holds: [aHoldRow(text)],
    alerts: [anAlertRow(text)],
    entries: [
      {
        kind: 'transition',
        at: NOW - 9_000,
        id: text,
        assignee: named(text),
        by: named(text),
        row: {
          ...event,
          from: text,
          to: text,
          replyStatus: text,
          assigneeId: text,
          assigneeType: text,
          messagesCount: 3,
          known: text,
          gap: true,
          late: true,
          assigneeChanged: true,
          inferred: true,
          causedBy: text,
          recordedAt: NOW,
        },
      },
      {
        kind: 'message',
        at: NOW - 8_000,
        id: text,
        row: {
          ...event,
          messageId: text,
          direction: text,
          actorType: text,
          messageType: text,
          integration: text,
          contactId: text,
          ticketId: text,
          length: 12,
        },
      },
      { kind: 'decision', at: NOW - 7_000, id: '7', rule: named(text), row: decision },
      {
        kind: 'action',
        at: NOW - 6_000,
        id: text,
        rule: named(text),
        row: {
          id: text,
          ruleId: text,
          type: 'slack.post',
          state: 'refused',
          reason: text,
          attempts: 2,
          firedAt: NOW - 6_000,
          finishedAt: NOW,
        },
        details: {
          id: text,
          params: { [text]: text },
          result: { [text]: text },
          expiresAt: NOW + 60_000,
          tries: [
            {
              orgId: '1',
              actionId: text,
              attempt: 1,
              startedAt: NOW - 5_000,
              finishedAt: NOW - 4_000,
              outcome: text,
              reason: text,
            },
          ],
        },
      },
    ],
    next: { at: NOW, kind: 'action', id: text },
  };
}

/** A hold that waits, with a tree of every kind and every gate that names something. */
export function anExplanation(text: string): Explanation {
  const leaf = { op: 'leaf' as const, fact: text, path: text, operator: text, expected: text, actual: text };
  return {
    rule: { id: text, name: text, mode: 'live', kind: 'hold' },
    sessionId: text,
    askedAt: NOW,
    verdict: 'not_matched',
    decidedBy: 'conditions',
    look: {
      kind: 'event',
      at: NOW - 9_000,
      judgedAt: NOW,
      rulesetHash: text,
      event: { key: text, type: text, receivedAt: NOW },
    },
    conditions: {
      op: 'all',
      verdict: false,
      of: [
        { ...leaf, verdict: false },
        { op: 'condition', name: text, of: [{ ...leaf, unknown: 'vocabulary' }] },
      ],
    },
    gates: [
      { name: 'trigger', status: 'passed', blocks: false, on: [text], event: { type: text, at: NOW, late: false } },
      { name: 'conditions', status: 'failed', blocks: true, result: false },
      { name: 'calendar', status: 'not_reached', blocks: true, calendar: text, isOpen: false, outside: 'skip' },
      { name: 'exclusive', status: 'not_reached', blocks: true, group: text, winner: text },
      {
        name: 'inhibition',
        status: 'not_reached',
        blocks: true,
        rules: [text],
        by: text,
        channelId: text,
        subjects: [text],
      },
      { name: 'silence', status: 'not_reached', blocks: true, silence: { id: text, owner: text, until: NOW } },
    ],
    changes: [{ kind: 'field', fact: text, path: text, from: text, to: text }],
    reason: text,
    isRecorded: true,
    neighbours: {
      before: [{ id: 7, at: NOW - 9_000, decidedAt: NOW - 9_000, outcome: 'armed', reason: text }],
      after: [],
    },
    notes: [{ kind: 'rules_unreadable', hash: text }],
    names: { [text]: text },
  };
}
