import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { RuleActionType } from '../../../src/domain/action.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Directory } from '../../../src/domain/rule.ts';
import { renderParams } from '../../../src/engine/templates/render-params.ts';
import { RenderTimeout } from '../../../src/engine/templates/template-fault.ts';

const directory: Directory = {
  ...emptyDirectory(),
  agents: new Map([['65403000000190001', { name: 'Ana Souza', zuid: '106554156', slack: 'U04ANA' }]]),
  agentIdByZuid: new Map([['106554156', '65403000000190001']]),
  bots: new Map([['65403000000522004', { name: 'Recepção' }]]),
  departments: new Map([['65403000000006907', { name: 'Suporte' }]]),
  channels: new Map([['65403000000038011', { name: 'WhatsApp Suporte', departmentId: '65403000000006907' }]]),
  teams: new Map([['night', ['65403000000190001']]]),
  slackChannels: new Map([['#chat-ops', 'C04CHATOPS1']]),
  slackUsers: new Map([['leads', 'S04LEADS']]),
};

const context: JsonObject = {
  session: {
    id: '654',
    assigneeId: '106554156',
    channelId: '65403000000038011',
    holds: 2,
    status: 'ON_HOLD',
    vip: true,
  },
  hold: { elapsed: 5_400_000, startedAt: '2026-03-02T13:00:00.000Z' },
  event: { text: '<!channel> a & b', tags: ['a', 'b'], meta: { n: 1 } },
  results: { assign: { state: 'delivered', agentName: 'Ana' } },
};

const render = (type: RuleActionType, params: JsonObject) => renderParams(type, params, context, { directory });

const record = (fields: JsonObject) => {
  const result = render('record', { dataset: 'd', fields });
  return result.ok ? result.params['fields'] : result.reason;
};
const slack = (text: string) => {
  const result = render('slack.post', { channel: '#chat-ops', text });
  return result.ok ? result.params['text'] : result.reason;
};

describe('filters', () => {
  it.each([
    ['{{ hold.elapsed | duration }}', '1h 30m'],
    ['{{ session.nothing | duration }}', ''],
    ['{{ hold.startedAt | time }}', '02 Mar 2026, 13:00:00 UTC'],
    ['{{ hold.startedAt | time: "America/Sao_Paulo" }}', '02 Mar 2026, 10:00:00 GMT-3'],
    ['{{ session.assigneeId | name }}', 'Ana Souza'],
    ['{{ "65403000000190001" | name }}', 'Ana Souza'],
    ['{{ session.channelId | name }}', 'WhatsApp Suporte'],
    ['{{ "65403000000006907" | name }}', 'Suporte'],
    ['{{ "65403000000522004" | name }}', 'Recepção'],
    ['{{ session.id | name }}', '654'],
    ['{{ session.nobody | name | default: "nobody" }}', 'nobody'],
  ])('%s is "%s"', (template, expected) => {
    expect(slack(`x ${template}`)).toBe(`x ${expected}`);
  });

  it('shows times in the locale that is asked for', () => {
    expect(slack('{{ hold.startedAt | time: "America/Sao_Paulo", "pt-BR" }}')).toMatch(
      /^02 de mar\. de 2026, 10:00:00/,
    );
  });
});

describe('escaping goes by the place', () => {
  it('in a Slack text values are escaped and the author is not', () => {
    expect(slack('*{{ event.text }}* <https://example.org|see> & more')).toBe(
      '*&lt;!channel&gt; a &amp; b* <https://example.org|see> & more',
    );
  });

  it('an assigned value is escaped once', () => {
    expect(slack('{% assign t = event.text | append: "!" %}{{ t }}')).toBe('&lt;!channel&gt; a &amp; b!');
  });

  it('in a URL values are encoded and the author is not', () => {
    const url = 'https://example.org/a b?q={{ event.text }}';
    expect(render('http.request', { url })).toEqual({
      ok: true,
      params: { url: 'https://example.org/a b?q=%3C!channel%3E%20a%20%26%20b' },
    });
  });

  it('a value cannot choose the host', () => {
    const result = renderParams(
      'http.request',
      { url: 'https://{{ event.host }}.example.org/' },
      { event: { host: 'evil.test/' } },
      { directory },
    );
    expect(result).toEqual({ ok: true, params: { url: 'https://evil.test%2F.example.org/' } });
  });

  it('in JSON values are as they are', () => {
    const body = { text: '{{ event.text }}', list: ['{{ session.id }}', 1, null], 'k{{ x }}': true };
    expect(render('http.request', { url: 'https://example.org', body })).toEqual({
      ok: true,
      params: {
        url: 'https://example.org',
        body: { text: '<!channel> a & b', list: ['654', 1, null], 'k{{ x }}': true },
      },
    });
  });

  it('in blocks texts are escaped, addresses encoded, ids left', () => {
    const blocks = [
      { type: 'section', block_id: '{{ event.text }}', text: { type: 'mrkdwn', text: '{{ event.text }}' } },
      { type: 'image', image_url: 'https://example.org/{{ event.text }}', alt_text: '{{ event.nothing }}' },
    ];
    const result = render('slack.post', { channel: 'C1', text: 't', blocks });
    expect(result.ok && result.params['blocks']).toEqual([
      { type: 'section', block_id: '<!channel> a & b', text: { type: 'mrkdwn', text: '&lt;!channel&gt; a &amp; b' } },
      { type: 'image', image_url: 'https://example.org/%3C!channel%3E%20a%20%26%20b', alt_text: '' },
    ]);
  });

  it('no value whatever writes Slack markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const result = renderParams(
          'slack.post',
          { channel: '#c', text: 'x{{ event.text }}' },
          { event: { text: value } },
          { directory },
        );
        expect(result.ok).toBe(true);
        if (result.ok) expect(String(result.params['text'])).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }),
    );
  });
});

describe('types', () => {
  it('a leaf that is one output keeps its type, another is a text', () => {
    expect(
      record({ a: '{{ session.holds }}', b: '{{ session.vip }}', c: 'n={{ session.holds }}', d: 3, e: null, f: '7' }),
    ).toEqual({ a: 2, b: true, c: 'n=2', d: 3, e: null, f: '7' });
  });

  it('an absent value is null in a record, an object its JSON', () => {
    expect(record({ a: '{{ session.endedAt }}', b: '{{ event.meta }}', c: '{{ 1 | divided_by: 0 }}' })).toEqual({
      a: null,
      b: '{"n":1}',
      c: null,
    });
  });

  it('an object stays one in a JSON body', () => {
    const result = render('http.request', { url: 'https://example.org', body: { meta: '{{ event.meta }}' } });
    expect(result.ok && result.params['body']).toEqual({ meta: { n: 1 } });
  });

  it('a tile is given a number', () => {
    expect(
      render('dashboard.update', { tile: 'holds', set: '{{ session.holds }}', by: ' {{ session.status }} ' }),
    ).toEqual({
      ok: true,
      params: { tile: 'holds', set: 2, by: 'ON_HOLD' },
    });
  });

  it('lists stand with commas in a text', () => {
    expect(slack('{{ event.tags }} {{ event.meta }}')).toBe('a, b {"n":1}');
  });
});

describe('what renders to nothing', () => {
  it.each([
    ['slack.post', { channel: '#c', text: ' {{ event.nothing }} ' }, 'text'],
    ['slack.alert', { channel: '{{ event.nothing }}', text: 'x' }, 'channel'],
    ['zoho.assignSession', { agentId: '{{ event.nothing }}' }, 'agentId'],
    [
      'zoho.assignSession',
      { pick: 'leastBusy', from: { department: '{{ channel.departmentId }}' } },
      'from.department',
    ],
    ['zoho.setSessionStatus', { status: '{{ event.nothing }}' }, 'status'],
    ['zoho.commentTicket', { text: '{{ event.nothing }}' }, 'text'],
    ['http.request', { url: '{{ event.nothing }}' }, 'url'],
    ['dashboard.update', { tile: 't', add: '{{ event.nothing }}' }, 'add'],
    ['dashboard.update', { tile: 't', add: 1, by: '{{ event.nothing }}' }, 'by'],
    ['record', { dataset: '{{ event.nothing }}', fields: {} }, 'dataset'],
  ] as const)('%s is refused when its required parameter does: %j', (type, params, name) => {
    const result = renderParams(type, structuredClone<JsonObject>(toJsonObject(params)), context, { directory });
    expect(result).toEqual({ ok: false, reason: `the parameter ${name} rendered to nothing` });
  });

  it('an optional parameter is left out', () => {
    expect(render('slack.alert', { channel: '#x', text: 't', mention: '{{ event.nothing }}' })).toEqual({
      ok: true,
      params: { channel: '#x', text: 't' },
    });
  });
});

describe('names of the directory become ids', () => {
  it.each<[Parameters<typeof renderParams>[0], JsonObject, JsonObject]>([
    ['slack.post', { channel: '#chat-ops', text: 't' }, { channel: 'C04CHATOPS1' }],
    ['slack.post', { channel: '#elsewhere', text: 't' }, { channel: '#elsewhere' }],
    ['slack.alert', { channel: 'C1', text: 't', mention: 'Leads' }, { mention: 'S04LEADS' }],
    ['slack.alert', { channel: 'C1', text: 't', mention: '@ana souza' }, { mention: 'U04ANA' }],
    ['slack.alert', { channel: 'C1', text: 't', mention: 'U999' }, { mention: 'U999' }],
    ['zoho.assignSession', { agentId: 'ana souza' }, { agentId: '65403000000190001' }],
    ['zoho.assignSession', { agentId: '{{ session.assigneeId }}' }, { agentId: '65403000000190001' }],
    ['zoho.assignSession', { agentId: 'a2' }, { agentId: 'a2' }],
    ['zoho.assignSession', { botId: 'Recepção' }, { botId: '65403000000522004' }],
    [
      'zoho.assignSession',
      { pick: 'leastBusy', from: { department: 'suporte' } },
      { from: { department: '65403000000006907' } },
    ],
    ['zoho.assignSession', { pick: 'leastBusy', from: { team: 'Night' } }, { from: { agents: ['65403000000190001'] } }],
    [
      'zoho.assignSession',
      { pick: 'roundRobin', from: { agents: ['Ana Souza', '99'] } },
      { from: { agents: ['65403000000190001', '99'] } },
    ],
    ['zoho.updateTicket', { assigneeId: 'Ana Souza' }, { assigneeId: '65403000000190001' }],
  ])('%s %j', (type, params, expected) => {
    expect(render(type, params)).toMatchObject({ ok: true, params: expected });
  });

  it.each([
    [{ agentId: 'Nobody' }, 'agentId: directory.json has no agent of that name'],
    [{ pick: 'leastBusy', from: { team: 'x1' } }, 'from.team: directory.json has no team of that name'],
    [
      { pick: 'leastBusy', from: { department: 'Vendas' } },
      'from.department: directory.json has no department of that name',
    ],
  ])('a name that nobody knows refuses: %j', (params, reason) => {
    expect(render('zoho.assignSession', params)).toEqual({ ok: false, reason });
  });
});

describe('bounds', () => {
  it('a long Slack text is cut with an ellipsis, never within an entity or a surrogate pair', () => {
    const long = renderParams(
      'slack.post',
      { channel: '#c', text: '{{ event.text }}' },
      { event: { text: `${'a'.repeat(3_997)}<😀` } },
      { directory },
    );
    expect(long.ok && long.params['text']).toBe(`${'a'.repeat(3_997)}…`);
    const pair = renderParams(
      'slack.post',
      { channel: '#c', text: '{{ event.text }}' },
      { event: { text: `${'a'.repeat(3_998)}😀b` } },
      { directory },
    );
    expect(pair.ok && pair.params['text']).toBe(`${'a'.repeat(3_998)}…`);
  });

  const nested = (body: string) =>
    `{% for i in (1..event.n) %}{% for j in (1..event.n) %}${body}{% endfor %}{% endfor %}`;
  const looping = (text: string, n: number) =>
    renderParams('slack.post', { channel: '#c', text }, { event: { n, text: 'a'.repeat(10_000) } }, { directory });

  it.each([
    ['loops for long', nested('x')],
    ['loops for long over nothing', nested('')],
    ['loops for long without an output', nested('{% assign a = i %}')],
    ['writes very much', nested('{{ event.text }}')],
    ['writes very much of its own', nested('x'.repeat(15_000))],
    ['makes a text twice as long again and again', `{% assign a = 'xx' %}${nested('{% assign a = a | append: a %}')}`],
  ])(
    'a template that %s is refused after the same work each time, and its values stay out of the reason',
    (_, text) => {
      // Time stands still: no clock stops it.
      const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000);
      const result = looping(text, 1_000);
      clock.mockRestore();
      expect(result).toEqual({
        ok: false,
        reason: expect.stringMatching(
          /^the parameter text cannot be rendered: (memory alloc limit exceeded|it takes more than 20000 steps: its loops are too long)$/,
        ),
      });
    },
  );

  it('a template of a thousand turns is rendered', () => {
    expect(looping(nested('{{ i | plus: j }} '), 30)).toMatchObject({ ok: true });
  });

  it('a process that gets no time refuses nothing', () => {
    const clock = vi.spyOn(performance, 'now');
    let now = 0;
    clock.mockImplementation(() => {
      now += 60_000;
      return now;
    });
    const render = () => looping('{% if event.n %}{{ event.n }}{% endif %}', 1);
    expect(render).toThrowError(RenderTimeout);
    clock.mockRestore();
    expect(render()).toMatchObject({ ok: true, params: { text: '1' } });
  });

  it('nothing is read through a prototype', () => {
    expect(slack('x{{ session.constructor }}{{ session.__proto__ }}{{ event.text.constructor.name }}')).toBe('x');
  });

  it('rendering does not write to the context', () => {
    const before = structuredClone(context);
    slack('{% assign session = 1 %}{{ session }}');
    expect(context).toEqual(before);
  });
});

/** Guarantee: the test's own literals are JSON. */
function toJsonObject(value: object): JsonObject {
  return value as JsonObject;
}
