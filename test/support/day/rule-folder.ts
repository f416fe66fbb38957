import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';

/**
 * A folder of rules that uses everything of the rule language, for days that are lived twice. Those of `TOGETHER` are about
 * what chats have in common (queues, histories, agents' loads, rules that hold others back): in the service they depend on which
 * chats share a batch when several are judged at one instant, which is chance.
 */
const status = (operator: string, value: Json) => ({ fact: 'session', path: '$.status', operator, value });
const ON_HOLD = status('equal', 'ON_HOLD');
const ofAnAgent = { fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'AGENT' };
const onEvent = (operator: string, value: Json) => ({ fact: 'event', path: '$.sessionStatus', operator, value });
const card = (text: string, more = {}) => ({ type: 'slack.alert', params: { channel: '#chat-ops', text, ...more } });
const post = (text: string) => ({ type: 'slack.post', params: { channel: '#supervisors', text } });
const tile = (name: string) => ({ type: 'dashboard.update', params: { tile: name, by: '{{ session.id }}', add: 1 } });
const call = (more = {}) => ({
  type: 'http.request',
  params: { url: 'https://example.com/{{ session.id }}' },
  ...more,
});

export const ALONE: Record<string, JsonObject> = {
  'held-card': {
    for: '2m',
    conditions: { all: [ON_HOLD, ofAnAgent] },
    episodeBy: ['session.assigneeId'],
    actions: [
      { id: 'card', ...card('{{ session.id }} since {{ hold.startedAt | time }}', { severity: 'critical' }) },
      { id: 'call', needs: 'card', ...call({ onFailure: [card('{{ session.id }} was not called')] }) },
      {
        type: 'record',
        needs: 'call',
        params: { dataset: 'held', fields: { id: '{{ session.id }}', status: '{{ results.call.status }}' } },
      },
    ],
    steps: [
      { after: '2m', actions: [card('still {{ session.id }}')] },
      { after: '5m', unless: 'never', actions: [post('{{ session.id }} {{ hold.elapsed | duration }}')] },
    ],
    onResolve: [{ type: 'zoho.commentTicket', params: { text: 'It is over' } }, tile('resolved')],
  },
  named: {
    for: '3m',
    conditions: { all: [ON_HOLD] },
    onUnknown: 'skip',
    actions: [
      { id: 'assign', type: 'zoho.assignSession', params: { agentId: sandboxWorld.agents[2]?.id ?? '' } },
      { type: 'zoho.updateTicket', params: { priority: 'High' } },
    ],
  },
  'ends-it': {
    for: '4m',
    conditions: { all: [status('equal', 'ON_PROGRESS')] },
    actions: [{ type: 'zoho.setSessionStatus', params: { status: 'ENDED' } }],
  },
  ours: {
    on: ['IM_Session_Status'],
    conditions: { all: [{ fact: 'transition', path: '$.ours', operator: 'equal', value: true }] },
    actions: [{ type: 'record', params: { dataset: 'ours', fields: { to: '{{ transition.to }}' } } }],
  },
  changed: {
    on: ['IM_Session_Status'],
    late: true,
    conditions: { all: [{ fact: 'transition', path: '$.to', operator: 'exists', value: true }] },
    actions: [
      {
        type: 'record',
        params: {
          dataset: 'changes',
          fields: { to: '{{ transition.to }}', gap: '{{ transition.gap }}', n: '{{ session.messagesIn }}' },
        },
      },
      tile('changes'),
    ],
  },
  said: {
    on: ['IM_Message_Add'],
    limit: { count: 1, per: 'session', within: '3m' },
    conditions: { all: [{ fact: 'session', path: '$.waitingSince', operator: 'exists', value: true }] },
    actions: [{ id: 'call', ...call() }, post('{{ event.actor.type }} {{ results.call.status }}')],
  },
  high: {
    on: ['IM_Session_Status'],
    exclusive: 'one',
    priority: 5,
    limit: { count: 1, per: 'session', within: '5m' },
    conditions: { all: [onEvent('equal', 'ON_HOLD')] },
    actions: [card('moment {{ session.id }}')],
  },
  low: {
    on: ['IM_Session_Status'],
    exclusive: 'one',
    conditions: { all: [onEvent('exists', true), onEvent('notEqual', 'OPEN')] },
    onUnknown: 'alert',
    actions: [post('low {{ session.status }}')],
  },
  'in-hours': {
    for: '1m',
    conditions: { all: [status('in', ['ON_HOLD', 'OPEN'])] },
    during: 'office',
    actions: [post('in hours {{ session.id }}')],
    steps: [{ after: '3m', actions: [post('a step in hours')] }],
  },
  'waits-for-hours': {
    for: '90s',
    conditions: { all: [status('equal', 'OPEN')] },
    during: 'office',
    outside: 'wait',
    actions: [card('waited {{ hold.businessElapsed | duration }}')],
  },
  'business-clock': {
    for: '3m',
    conditions: { all: [ON_HOLD] },
    during: 'office',
    clock: 'business',
    onEdit: 'restart',
    actions: [post('business {{ hold.businessElapsed | duration }}')],
  },
  'event-waits': {
    on: ['IM_Session_Status'],
    conditions: { all: [onEvent('equal', 'ENDED')] },
    during: 'office',
    outside: 'wait',
    actions: [post('ended {{ session.id }}')],
  },
  lasting: {
    for: '1m',
    keepFor: '90s',
    repeat: { every: '2m', times: 3 },
    conditions: { all: [ON_HOLD] },
    onEdit: 'cancel',
    actions: [
      { id: 'card', ...card('again {{ hold.firings }}') },
      { needs: 'card', ...call({ id: 'call' }) },
    ],
  },
  shadowed: {
    mode: 'shadow',
    for: '1m',
    conditions: { all: [ON_HOLD] },
    actions: [post('never')],
    steps: [{ after: '1m', actions: [post('never')] }],
    limit: { count: 1, per: 'session', within: '5m' },
  },
  'left-alone': {
    on: ['IM_Session_Status'],
    conditions: { all: [onEvent('equal', 'BLOCKED')] },
    maxLate: '2m',
    actions: [
      { type: 'zoho.commentTicket', params: { text: 'blocked' }, onUncertain: 'leave' },
      { ...post('{{ event.sessionOldStatus }}'), onFailure: [post('from nowhere')] },
    ],
  },
};

export const TOGETHER: Record<string, JsonObject> = {
  assign: {
    for: '3m',
    conditions: { all: [ON_HOLD, ofAnAgent] },
    episodeBy: ['session.assigneeId'],
    limit: { count: 2, per: 'session', within: '20m' },
    actions: [
      {
        id: 'assign',
        type: 'zoho.assignSession',
        params: { pick: 'leastBusy', from: { department: '{{ channel.departmentId }}' } },
        onFailure: [card('nobody for {{ session.id }}')],
      },
      { needs: 'assign', ...card('{{ session.id }} is now with {{ results.assign.agentName }}') },
    ],
  },
  grouped: {
    for: '30s',
    conditions: { all: [status('equal', 'BLOCKED')] },
    groupAlerts: { by: ['session.channelId'], wait: '30s', interval: '1m' },
    actions: [card('blocked {{ session.id }}')],
    steps: [{ after: '2m', actions: [card('still blocked {{ session.id }}')] }],
  },
  lost: {
    for: '30s',
    conditions: { all: [{ fact: 'session', path: '$.replyStatus', operator: 'equal', value: 'CHANNEL_REVOKED' }] },
    actions: [card('lost {{ channel.name }}')],
  },
  'held-back': {
    for: '1m',
    inhibitedBy: ['lost'],
    conditions: { all: [ON_HOLD] },
    actions: [post('held back no more')],
  },
  'event-held-back': {
    on: ['IM_Message_Add'],
    inhibitedBy: ['lost'],
    limit: { count: 2, per: 'channel', within: '4m' },
    conditions: { all: [] },
    actions: [post('said')],
  },
  'per-agent': {
    on: ['IM_Session_Status'],
    limit: { count: 2, per: 'agent', within: '10m' },
    conditions: { all: [onEvent('exists', true)] },
    onUnknown: 'match',
    actions: [card('moment of {{ session.assigneeId | name }}')],
  },
  'per-rule': {
    on: ['IM_Session_Status'],
    limit: { count: 3, per: 'rule', within: '10m' },
    conditions: { all: [onEvent('equal', 'ENDED')] },
    actions: [post('ended')],
  },
  queued: {
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        {
          fact: 'queue',
          params: { status: ['ON_HOLD', 'OPEN'], channelId: '{{ session.channelId }}' },
          path: '$.count',
          operator: 'greaterThan',
          value: 1,
        },
      ],
    },
    actions: [post('{{ queue.count }} {{ queue.oldestSeconds }} {{ queue.p50Seconds }} {{ queue.p95Seconds }}')],
  },
  'often-held': {
    on: ['IM_Session_Status'],
    late: true,
    conditions: {
      any: [
        history({ status: 'ON_HOLD', by: 'session', within: '10m' }, 2),
        history({ status: 'ON_HOLD', by: 'channel', within: '5m' }, 3),
        history({ event: 'IM_Message_Add', by: 'channel', within: '5m' }, 2),
        history({ event: 'IM_Session_Status', by: 'assignee', within: '5m' }, 3),
      ],
    },
    actions: [post('{{ history.count }}')],
  },
  'busy-agent': {
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        { fact: 'agent', path: '$.openSessions', operator: 'greaterThan', value: 1 },
        { fact: 'agent', path: '$.online', operator: 'equal', value: true },
        { fact: 'channel', path: '$.counts.ON_HOLD', operator: 'greaterThan', value: 0 },
      ],
    },
    actions: [post('{{ agent.name }} {{ agent.openSessions }} {{ channel.counts.ON_HOLD }}')],
  },
  'desk-tick': {
    every: '1m',
    conditions: {
      all: [
        { fact: 'queue', params: { status: 'ON_HOLD' }, path: '$.count', operator: 'greaterThan', value: 1 },
        { fact: 'queue', params: { olderThan: '2m' }, path: '$.count', operator: 'greaterThan', value: 0 },
      ],
    },
    actions: [
      card('{{ queue.count }} on hold'),
      { type: 'dashboard.update', params: { tile: 'on-hold', set: '{{ queue.count }}' } },
    ],
    onResolve: [post('no queue')],
  },
  'channel-tick': {
    every: '2m',
    conditions: { all: [{ fact: 'channel', path: '$.counts.OPEN', operator: 'greaterThan', value: 0 }] },
    limit: { count: 4, per: 'channel', within: '10m' },
    actions: [post('{{ channel.name }} {{ channel.silentSeconds }}')],
    steps: [{ after: '3m', actions: [post('for three minutes')] }],
  },
  'agent-tick': {
    every: { cron: '*/3 * * * *', zone: 'America/Sao_Paulo' },
    during: 'office',
    conditions: {
      all: [
        { fact: 'agent', path: '$.online', operator: 'equal', value: false },
        { fact: 'agent', path: '$.openSessions', operator: 'greaterThan', value: 0 },
      ],
    },
    actions: [card('{{ agent.name }} has gone')],
  },
};

function history(params: JsonObject, value: number): JsonObject {
  return { fact: 'history', params, path: '$.count', operator: 'greaterThanInclusive', value };
}

const { channels, agents, departments } = sandboxWorld;
export const CHANNELS = channels.slice(0, 3);
export const AGENTS = agents.slice(0, 4);

const SHARED: Record<string, JsonObject> = {
  'calendars.json': {
    office: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['10:03-10:11', '10:16-10:22', '10:30-18:00'] } },
  },
  'directory.json': {
    channels: Object.fromEntries(
      CHANNELS.map(({ id, name, departmentId, integration }) => [id, { name, department: departmentId, integration }]),
    ),
    departments: Object.fromEntries(departments.map(({ id, name }) => [id, { name }])),
    agents: Object.fromEntries(
      AGENTS.map(({ id, zuid, firstName, lastName }) => [id, { name: `${firstName} ${lastName}`, zuid }]),
    ),
  },
};

/** What edits may do to some of them. */
export const EDITS: { id: string; change: JsonObject | null }[] = [
  { id: 'held-card', change: { for: '1m' } },
  { id: 'held-card', change: { mode: 'shadow' } },
  { id: 'lasting', change: { for: '2m' } },
  { id: 'business-clock', change: { for: '4m' } },
  { id: 'assign', change: null },
  { id: 'changed', change: { late: false } },
  { id: 'in-hours', change: { outside: 'wait' } },
];

/** Name within the folder → text. */
export function folderOf(rules: Record<string, JsonObject>): Map<string, string> {
  const named = Object.entries(rules).map(([id, rule]): [string, string] => [
    `${id}.rule.json`,
    JSON.stringify({ name: id, ...rule }),
  ]);
  return new Map([
    ...named,
    ...Object.entries(SHARED).map(([name, file]): [string, string] => [name, JSON.stringify(file)]),
  ]);
}
