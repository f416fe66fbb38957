import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The rules of a soak. Most of them act within seconds, and no faster than Slack and Zoho take it: what a rule fires
 * beyond its limit is the limit's work. Some are doomed, so that a run has failures whose number is known.
 */

/** The state in which every action of a doomed rule has to end. */
export const DOOMED = {
  'doomed-channel': 'refused',
  'doomed-system': 'dead',
  'doomed-answer': 'uncertain',
} as const;

const onHold = { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' };
const hasEnded = { fact: 'session', path: '$.status', operator: 'equal', value: 'ENDED' };
const atTheEnd = { on: ['IM_Session_Status'], conditions: { all: [hasEnded] } };
const perMinute = (count: number) => ({ count, per: 'rule', within: '1m' });

/** @param receiverUrl where http.request actions go */
function rulesOf(receiverUrl: string): Record<string, object> {
  return {
    held: {
      name: 'A card for a chat on hold, with a ladder',
      for: '5s',
      conditions: { all: [onHold] },
      episodeBy: ['session.assigneeId'],
      limit: perMinute(12),
      actions: [
        { type: 'slack.alert', params: { channel: '#chat-ops', text: '{{ session.id }} on {{ channel.name }}' } },
      ],
      steps: [
        {
          after: '4s',
          actions: [{ type: 'slack.post', params: { channel: '#supervisors', text: '{{ session.id }}' } }],
        },
      ],
      onResolve: [{ type: 'record', params: { dataset: 'held', fields: { status: '{{ session.status }}' } } }],
    },
    reassigned: {
      name: 'A chat on hold goes to the next agent',
      for: '7s',
      conditions: { all: [onHold] },
      episodeBy: ['session.assigneeId'],
      limit: perMinute(20),
      actions: [
        {
          id: 'assign',
          type: 'zoho.assignSession',
          params: { pick: 'roundRobin', from: { department: '{{ channel.departmentId }}' } },
        },
        {
          type: 'http.request',
          needs: 'assign',
          params: { url: `${receiverUrl}/assigned`, body: { agent: '{{ results.assign.agentId }}' } },
        },
      ],
    },
    commented: {
      name: 'A comment on the ticket of a chat on hold',
      for: '6s',
      conditions: { all: [onHold] },
      limit: perMinute(10),
      actions: [{ type: 'zoho.commentTicket', params: { text: 'Waiting since {{ hold.startedAt }}.' } }],
    },
    'every-status': {
      name: 'Every change of status is recorded and counted',
      on: ['IM_Session_Status'],
      late: true,
      conditions: { all: [] },
      actions: [
        { type: 'record', params: { dataset: 'statuses', fields: { status: '{{ session.status }}' } } },
        { type: 'dashboard.update', params: { tile: 'Changes', by: '{{ session.status }}', add: 1 } },
      ],
    },
    ended: {
      name: 'Every chat that ends is told elsewhere',
      ...atTheEnd,
      actions: [{ type: 'http.request', params: { url: `${receiverUrl}/ended`, body: { chat: '{{ session.id }}' } } }],
    },
    'once-a-chat': {
      name: 'A limit for each chat',
      ...atTheEnd,
      limit: { count: 1, per: 'session', within: '1m' },
      actions: [{ type: 'record', params: { dataset: 'ended', fields: { messages: '{{ session.messagesIn }}' } } }],
    },
    'doomed-channel': {
      name: 'Posts where nobody can: refused',
      ...atTheEnd,
      limit: perMinute(3),
      actions: [{ type: 'slack.post', params: { channel: '#there-is-no-such-channel', text: '{{ session.id }}' } }],
    },
    'doomed-system': {
      name: 'Calls a system that is down for longer than the rule waits: dead',
      ...atTheEnd,
      maxLate: '15s',
      limit: perMinute(4),
      actions: [{ type: 'http.request', params: { url: `${receiverUrl}/down` } }],
    },
    'doomed-answer': {
      name: 'Calls a system whose answers are lost, and does not repeat: uncertain',
      ...atTheEnd,
      limit: perMinute(4),
      actions: [{ type: 'http.request', onUncertain: 'leave', params: { url: `${receiverUrl}/lost` } }],
    },
  };
}

const SHIPPED = fileURLToPath(new URL('../rules/', import.meta.url));

/** Writes the rules, with the shipped directory, which names what the stand-ins have. */
export async function writeSoakRules(folder: string, receiverUrl: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(SHIPPED, 'directory.json'), join(folder, 'directory.json'));
  for (const [id, rule] of Object.entries(rulesOf(receiverUrl))) {
    await writeFile(join(folder, `${id}.rule.json`), JSON.stringify(rule));
  }
}
