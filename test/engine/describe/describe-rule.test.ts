import { describe, expect, it } from 'vitest';
import { describeRule, RULE_LANGUAGES } from '../../../src/engine/describe/describe-rule.ts';
import type { Language } from '../../../src/engine/describe/language.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';

const STATUS = { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' };
const POST = { type: 'slack.post', params: { channel: '#ops', text: 'x' } };

const CALENDARS = JSON.stringify({
  'support-hours': { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['09:00-18:00'] } },
});
const DIRECTORY = JSON.stringify({
  departments: { '7': { name: 'Vendas' } },
  channels: { '38': { name: 'WhatsApp' } },
});

function tell(rule: object, tag: Language['tag'] = 'en', conditions: object = {}): string[] {
  const loaded = loadRuleset(
    new Map([
      ['a.rule.json', JSON.stringify({ name: 'A', actions: [POST], ...rule })],
      ['conditions.json', JSON.stringify(conditions)],
      ['calendars.json', CALENDARS],
      ['directory.json', DIRECTORY],
    ]),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const [only] = loaded.ruleset.rules;
  return only === undefined ? [] : describeRule(only, loaded.ruleset, tag);
}

describe('a rule in plain sentences', () => {
  it('of one status, during hours', () => {
    const rule = { for: '15m', during: 'support-hours', conditions: { all: [STATUS] } };
    expect(tell(rule)).toEqual([
      'When a chat stays on hold for 15 minutes during support-hours, Vigia posts a message in #ops.',
    ]);
    expect(tell(rule, 'pt-BR')).toEqual([
      'Quando uma conversa fica em espera por 15 minutos durante support-hours, o Vigia publica uma mensagem em #ops.',
    ]);
  });

  it('of several conditions: the chat is named once, lists within lists are bracketed, names stand for ids', () => {
    const conditions = {
      all: [
        STATUS,
        {
          any: [
            { fact: 'channel', path: '$.id', operator: 'equal', value: '38' },
            { fact: 'session', path: '$.messagesIn', operator: 'greaterThan', value: 3 },
          ],
        },
        { not: { fact: 'session', path: '$.holds', operator: 'between', value: [2, 4] } },
      ],
    };
    expect(tell({ for: '1h30m', conditions })[0]).toBe(
      'When a chat is on hold, (its channel is WhatsApp or its number of messages from the customer is above 3) and it is not so that its number of times on hold is from 2 to 4, and that has lasted 1 hour and 30 minutes, Vigia posts a message in #ops.',
    );
    expect(tell({ for: '1h30m', conditions }, 'pt-BR')[0]).toBe(
      'Quando uma conversa está em espera, (o canal dela é WhatsApp ou o número de mensagens do cliente dela é maior que 3) e não é o caso que o número de esperas dela vai de 2 a 4, e isso dura 1 hora e 30 minutos, o Vigia publica uma mensagem em #ops.',
    );
  });

  it('opens named conditions', () => {
    const rule = { for: '5m', conditions: { condition: 'held' } };
    expect(tell(rule, 'en', { held: { all: [STATUS] } })[0]).toMatch(/^When a chat stays on hold for 5 minutes,/);
  });

  it('of an event rule: a change to a status, or the events and what must be so', () => {
    const changed = {
      on: ['IM_Session_Status'],
      conditions: { all: [{ fact: 'transition', operator: 'changedTo', value: 'ENDED' }] },
    };
    expect(tell(changed)[0]).toMatch(/^When a chat becomes ended, Vigia/);
    expect(tell(changed, 'pt-BR')[0]).toMatch(/^Quando uma conversa passa a encerrada, o Vigia/);
    const said = {
      on: ['IM_Message_Add'],
      conditions: { all: [{ fact: 'event', path: '$.direction', operator: 'equal', value: 'IN' }] },
    };
    expect(tell(said)[0]).toMatch(/^When a message comes or goes and the message is from the customer, Vigia/);
    const other = { on: ['Agent_Presence_Update'], conditions: { all: [] } };
    expect(tell(other)[0]).toMatch(/^When an event of the type Agent_Presence_Update comes, Vigia/);
  });

  it('tells what comes after, in the order in which it comes', () => {
    const sentences = tell({
      for: '15m',
      conditions: { all: [STATUS] },
      episodeBy: ['session.assigneeId'],
      keepFor: '30s',
      repeat: { every: '30m', times: 1 },
      steps: [
        { after: '10m', actions: [POST] },
        { after: '20m', unless: 'never', actions: [{ type: 'zoho.setSessionStatus', params: { status: 'ENDED' } }] },
      ],
      onResolve: [{ type: 'dashboard.update', params: { tile: 'Waiting', add: -1 } }],
      limit: { count: 2, per: 'session', within: '1h' },
      mode: 'shadow',
    });
    expect(sentences.slice(1)).toEqual([
      '10 minutes later, unless somebody has acknowledged it, it posts a message in #ops.',
      '20 minutes later, it makes the chat ended.',
      'While it lasts it does so again every 30 minutes, once.',
      'When it is over, it counts on the board under "Waiting".',
      'An interruption of less than 30 seconds does not count.',
      'Whenever its assignee changes, it counts anew.',
      'It does so at most twice for a chat within 1 hour.',
      'It is in shadow: it only records what it would do.',
    ]);
  });

  it.each([
    [
      { pick: 'leastBusy', from: { department: 'Vendas' } },
      'gives the chat to the least busy agent online of the department Vendas',
    ],
    [
      { pick: 'roundRobin', from: { department: '{{ channel.departmentId }}' } },
      "gives the chat to the agent online whose turn it is of the department (channel's department)",
    ],
    [{ botId: '{% if session.id %}1{% endif %}' }, 'gives the chat to (…)'],
  ])('tells who gets a chat: %j', (params, words) => {
    const actions = [{ type: 'zoho.assignSession', params }];
    expect(tell({ for: '5m', conditions: { all: [STATUS] }, actions })[0]).toContain(`Vigia ${words}.`);
  });

  it('shows of an address only the host: the rest may hold a key', () => {
    const actions = [{ type: 'http.request', params: { url: 'https://hooks.example.org/T0/secret?key=1' } }];
    const [gist] = tell({ for: '5m', conditions: { all: [STATUS] }, actions });
    expect(gist).toContain('Vigia calls hooks.example.org.');
  });

  it.each([
    [
      {
        fact: 'queue',
        params: { status: ['OPEN', 'ON_HOLD'], unassigned: true, olderThan: '2m', departmentId: 'Vendas' },
        path: '$.count',
        operator: 'greaterThan',
        value: 3,
      },
      'if the number of chats that are open or on hold and that nobody has for at least 2 minutes in Vendas is above 3,',
      'se o número de conversas com status aberta ou em espera e sem responsável há pelo menos 2 minutos em Vendas é maior que 3,',
    ],
    [
      {
        fact: 'history',
        params: { status: 'ENDED', by: 'channel', within: '1h' },
        path: '$.count',
        operator: 'lessThan',
        value: 1,
      },
      'if the number of times it became ended on the channel within 1 hour is below 1,',
      'se o número de vezes que passou a encerrada no canal em 1 hora é menor que 1,',
    ],
    [
      { fact: 'channel', path: '$.counts.OPEN', operator: 'greaterThan', value: 20 },
      'if the number of chats on the channel that are open is above 20,',
      'se o número de conversas do canal com status aberta é maior que 20,',
    ],
    [
      { fact: 'channel', path: '$.usualSilenceSeconds', operator: 'exists', value: true },
      "if the channel's usual silence (seconds) is known,",
      'se o silêncio habitual do canal (segundos) é conhecido,',
    ],
    [
      { fact: 'clock', path: '$.open.support-hours', operator: 'equal', value: false },
      'if support-hours is closed,',
      'se support-hours está fechado,',
    ],
  ])('tells of the desk as a whole: %j', (leaf, en, ptBr) => {
    const rule = { every: '5m', conditions: { all: [leaf] } };
    expect(tell(rule)[0]).toContain(en);
    expect(tell(rule, 'pt-BR')[0]).toContain(ptBr);
  });

  it('has the same words in every language', () => {
    const { en, 'pt-BR': ptBr } = RULE_LANGUAGES;
    for (const part of [
      'values',
      'fields',
      'phrases',
      'operators',
      'events',
      'picks',
      'from',
      'actions',
      'more',
      'standalone',
    ] as const) {
      expect(Object.keys(ptBr[part])).toEqual(Object.keys(en[part]));
    }
    expect(Object.keys(ptBr.standalone.fields)).toEqual(Object.keys(en.standalone.fields));
  });
});
