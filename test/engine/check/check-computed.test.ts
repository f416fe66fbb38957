import { describe, expect, it } from 'vitest';
import { eventWith, expectFault, expectFine, holdRule, holdWith } from './support.ts';

/** A schedule rule: its conditions, and further keys as JSON texts. */
function scheduleRule(conditions: string, parts: Record<string, string | undefined> = {}): string {
  return holdRule({
    for: undefined,
    every: '"5m"',
    conditions: `{ "all": [ ${conditions} ] }`,
    actions: '[ { "type": "slack.post", "params": { "channel": "#ops", "text": "look" } } ]',
    ...parts,
  });
}
const saying = (text: string) => `[ { "type": "slack.post", "params": { "channel": "#ops", "text": "${text}" } } ]`;

const queue = (params: string) =>
  `{ "fact": "queue", "params": ${params}, "path": "$.count", "operator": "greaterThan", "value": 10 }`;
const history = (params: string) =>
  `{ "fact": "history", "params": ${params}, "path": "$.count", "operator": "greaterThan", "value": 2 }`;
const HELD = '{ "status": "ON_HOLD", "by": "channel", "within": "1h" }';
const SILENT = '{ "fact": "channel", "path": "$.unusuallySilent", "operator": "equal", "value": true }';
const OFFLINE = '{ "fact": "agent", "path": "$.online", "operator": "equal", "value": false }';

describe('every', () => {
  it.each(['"5m"', '"1h30m"', '"0 9 * * mon-fri"', '{ "cron": "*/10 8-18 * * *", "zone": "America/Sao_Paulo" }'])(
    'may be %s',
    (every) => expectFine(scheduleRule(queue('{}'), { every })),
  );

  it('is a duration or a cron line that comes, in a zone that is there', () => {
    expectFault('bad-schedule', scheduleRule(queue('{}'), { every: '▶"often"' }));
    expectFault('bad-schedule', scheduleRule(queue('{}'), { every: '▶"1s"' }));
    expectFault('bad-schedule', scheduleRule(queue('{}'), { every: '▶"0 9 * *"' }));
    expectFault('bad-schedule', scheduleRule(queue('{}'), { every: '▶"0 0 31 2 *"' }));
    expectFault('bad-schedule', scheduleRule(queue('{}'), { every: '{ "cron": ▶"61 * * * *", "zone": "UTC" }' }));
    const zone = expectFault(
      'unknown-zone',
      scheduleRule(queue('{}'), { every: '{ "cron": "0 9 * * *", "zone": ▶"America/Sao_Paolo" }' }),
    );
    expect(zone.remedy).toContain('America/Sao_Paulo');
  });

  it('may mean every tick', () => {
    expectFine(scheduleRule('', { conditions: '{ "all": [] }' }));
  });
});

describe('params', () => {
  it.each([
    '{}',
    '{ "status": "OPEN" }',
    '{ "status": ["OPEN", "ON_HOLD"], "unassigned": true, "olderThan": "5m", "channelId": "c1" }',
    '{ "departmentId": "Support" }',
  ])('of a queue may be %s', (params) => expectFine(scheduleRule(queue(params))));

  it('of a queue are of their kinds', () => {
    const slip = expectFault('unknown-param', scheduleRule(queue('{ ▶"olderThen": "5m" }')));
    expect(slip.remedy).toBe('Did you mean "olderThan"?');
    expectFault('bad-param', scheduleRule(queue('{ "unassigned": ▶"yes" }')));
    expectFault('bad-param', scheduleRule(queue('{ "olderThan": ▶"5 minutes" }')));
    expectFault('bad-param', scheduleRule(queue('{ "channelId": ▶5 }')));
    expectFault('bad-param', scheduleRule(queue('{ "status": ▶"ENDED" }')));
    expectFault('bad-param', scheduleRule(queue('{ "channelId": "c1", ▶"departmentId": "d1" }')));
    expectFault('unknown-value', scheduleRule(queue('{ "status": ["OPEN", ▶"ONHOLD"] }')), {}, 'warning');
  });

  it('of a history are of their kinds, and say one thing', () => {
    expectFine(scheduleRule(history(HELD)));
    expectFine(eventWith(history('{ "event": "IM_Message_Add", "by": "session", "within": "30d" }')));
    expectFault('missing-param', scheduleRule(history('▶{ "status": "ON_HOLD", "within": "1h" }')));
    expectFault('bad-param', scheduleRule(history('{ "status": "ON_HOLD", "by": ▶"chanel", "within": "1h" }')));
    expectFault('bad-param', scheduleRule(history('▶{ "by": "channel", "within": "1h" }')));
    expectFault(
      'bad-param',
      scheduleRule(history('▶{ "status": "OPEN", "event": "IM_Message_Add", "by": "channel", "within": "1h" }')),
    );
    expectFault('bad-param', scheduleRule(history('{ "status": "ON_HOLD", "by": "channel", "within": ▶"2d" }')));
    expectFault('bad-param', scheduleRule(history('{ "event": ▶"IM_Message_Add", "by": "assignee", "within": "1h" }')));
  });

  it('are for computed facts only, and no value has any', () => {
    expectFault(
      'params-without-effect',
      eventWith('{ "fact": "session", ▶"params": { "x": 1 }, "path": "$.holds", "operator": "equal", "value": 3 }'),
    );
    expectFault(
      'bad-value',
      eventWith(
        '{ "fact": "session", "path": "$.holds", "operator": "equal", "value": ▶{ "fact": "queue", "path": "$.count" } }',
      ),
    );
  });
});

describe('where computed facts may be read', () => {
  it('in event rules and schedule rules', () => {
    expectFine(eventWith(queue('{ "status": "OPEN" }'), OFFLINE));
    expectFine(scheduleRule(SILENT));
    expectFine(scheduleRule(OFFLINE));
  });

  it('not in hold rules: they change without an event', () => {
    expectFault(
      'not-in-hold',
      holdWith('{ "fact": ▶"queue", "path": "$.count", "operator": "greaterThan", "value": 3 }'),
    );
    const fault = expectFault('not-in-hold', holdWith(OFFLINE.replace('"agent"', '▶"agent"')));
    expect(fault.remedy).toContain('"every"');
    expectFault('not-in-hold', holdWith(SILENT.replace('"channel"', '▶"channel"')));
    expectFault(
      'not-in-hold',
      holdWith('{ "fact": ▶"channel", "path": "$.counts.OPEN", "operator": "greaterThan", "value": 3 }'),
    );
    expectFine(holdWith('{ "fact": "channel", "path": "$.id", "operator": "equal", "value": "c1" }'));
    expectFault('bad-episode-by', holdRule({ episodeBy: '[▶"channel.silentSeconds"]' }));
  });

  it('a schedule rule reads no chat and no event', () => {
    expectFault(
      'not-in-schedule',
      scheduleRule('{ "fact": ▶"session", "path": "$.status", "operator": "equal", "value": "OPEN" }'),
    );
    expectFault(
      'not-in-schedule',
      scheduleRule('{ "fact": ▶"event", "path": "$.type", "operator": "equal", "value": "IM_Message_Add" }'),
    );
    expectFault('not-in-schedule', scheduleRule(history(HELD.replace('channel', 'session')).replace('"h', '▶"h')));
    expectFault('not-in-schedule', scheduleRule('', { conditions: '{ "condition": ▶"held" }' }), {
      'conditions.json':
        '{ "held": { "fact": "session", "path": "$.status", "operator": "equal", "value": "ON_HOLD" } }',
    });
  });

  it('a schedule rule is judged for channels or for agents, not for both', () => {
    expectFault('two-subjects', scheduleRule(`${SILENT}, ${OFFLINE.replace('"agent"', '▶"agent"')}`));
  });
});

describe('keys of a schedule rule', () => {
  it('limit counts by what it is judged for', () => {
    const limit = (per: string) => ({ limit: `{ "count": 1, "per": ${per}, "within": "1h" }` });
    expectFine(scheduleRule(queue('{}'), limit('"rule"')));
    expectFine(scheduleRule(SILENT, limit('"channel"')));
    expectFault('bad-limit', scheduleRule(queue('{}'), limit('▶"session"')));
    expectFault('bad-limit', scheduleRule(queue('{}'), limit('▶"channel"')));
    expectFault('bad-limit', scheduleRule(SILENT, limit('▶"agent"')));
  });

  it('onResolve and steps go with it, repeat and episodeBy do not', () => {
    const steps = `[ { "after": "10m", "actions": ${saying('still')} } ]`;
    expectFine(scheduleRule(queue('{}'), { onResolve: saying('over'), steps }));
    expectFault('key-without-effect', scheduleRule(queue('{}'), { repeat: '▶key{ "every": "5m", "times": 2 }' }));
    expectFault('key-without-effect', scheduleRule(queue('{}'), { episodeBy: '▶key["channel.id"]' }));
  });
});

describe('templates', () => {
  it('read what a condition of the rule computes', () => {
    expectFine(scheduleRule(queue('{}'), { actions: saying('{{ queue.count }} of {{ queue.p95Seconds }}') }));
    expectFine(scheduleRule(SILENT, { actions: saying('{{ channel.name }} {{ channel.silentSeconds }}') }));
    expectFine(scheduleRule(OFFLINE, { actions: saying('{{ agent.name }} {{ agent.openSessions }}') }));
    expectFault('not-available', scheduleRule(queue('{}'), { actions: saying('{{ ▶history.count }}') }));
    expectFault('not-available', scheduleRule(queue('{}'), { actions: saying('{{ ▶agent.name }}') }));
    expectFault('not-available', eventWith(queue('{}')).replace('{{ session.id }}', '{{ ▶channel.counts.OPEN }}'));
    expectFine(eventWith(queue('{}')).replace('{{ session.id }}', '{{ queue.count }} {{ channel.name }}'));
  });

  it('of a schedule rule read no chat, and the channel only when it is judged for each', () => {
    expectFault('not-available', scheduleRule(queue('{}'), { actions: saying('{{ ▶session.id }}') }));
    expectFault('not-available', scheduleRule(queue('{}'), { actions: saying('{{ ▶event.type }}') }));
    expectFault('not-available', scheduleRule(queue('{}'), { actions: saying('{{ ▶channel.name }}') }));
    expectFine(scheduleRule(history(HELD), { actions: saying('{{ channel.name }} {{ hold.elapsed | duration }}') }));
  });

  it('of steps and of the end have names, and no numbers of the firing', () => {
    const onResolve = (text: string) => ({ onResolve: saying(text) });
    expectFine(scheduleRule(SILENT, onResolve('{{ channel.name }} is back')));
    expectFine(scheduleRule(OFFLINE, onResolve('{{ agent.name }} is back')));
    expectFault('not-available', scheduleRule(SILENT, onResolve('{{ ▶channel.silentSeconds }}')));
    expectFault('not-available', scheduleRule(queue('{}'), onResolve('{{ ▶queue.count }}')));
    expectFault('not-available', scheduleRule(OFFLINE, onResolve('{{ ▶agent.online }}')));
  });
});
