import { anAction, aRule, rulesetOf } from './rules.ts';
import { MINUTE } from './timeline.ts';

/** How long the hold rule of EVERYTHING waits. */
export const FOR = 5 * MINUTE;

/** Every way in which judging writes. What is shared between chats is commutative: tiles that add. */
export const EVERYTHING = rulesetOf([
  aRule({
    id: 'held',
    trigger: { kind: 'hold', forMs: FOR },
    limit: { count: 2, per: 'session', withinMs: 15 * MINUTE },
    actions: [
      anAction('slack.alert', { channel: '#ops', text: '{{ session.id }}' }, { id: 'card', facts: ['session'] }),
      anAction('dashboard.update', { tile: 'held', add: '1' }, { id: 'tile' }),
      anAction('http.request', { url: 'https://example.com' }, { id: 'call', needs: 'card' }),
    ],
    steps: [{ afterMs: 2 * MINUTE, unless: 'acknowledged', actions: [anAction('slack.post', { text: 'still' })] }],
    onResolve: [anAction('dashboard.update', { tile: 'held', add: '-1' })],
  }),
  aRule({
    id: 'changed',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'exists', value: true }] },
    actions: [
      anAction(
        'record',
        { dataset: 'changes', fields: { to: '{{ session.status }}', holds: '{{ session.holds }}' } },
        { facts: ['session'] },
      ),
      anAction(
        'dashboard.update',
        { tile: 'status', by: '{{ session.id }}', set: '{{ session.status }}' },
        { facts: ['session'] },
      ),
    ],
  }),
  aRule({
    id: 'said',
    mode: 'shadow',
    trigger: { kind: 'event', on: ['IM_Message_Add'], late: true },
    conditions: { all: [{ fact: 'session', path: '$.waitingSince', operator: 'exists', value: true }] },
    limit: { count: 1, per: 'session', withinMs: 3 * MINUTE },
  }),
]);
