import { describe, expect, it } from 'vitest';
import { expectFault, expectFine, holdDoing, holdRule } from './support.ts';

const post = (more = '') => `{ ${more} "type": "slack.post", "params": { "channel": "#ops", "text": "t" } }`;
const action = (type: string, params: string, more = '') => `{ "type": "${type}", ${more} "params": ${params} }`;

describe('ids of actions', () => {
  it('are unique within a firing', () => {
    expectFine(holdDoing(post('"id": "a",'), post('"id": "b",')));
    expectFault('duplicate-id', holdDoing(post('"id": "a",'), post('"id": ▶"a",')));
    expectFault('duplicate-id', holdDoing(post(`"id": "a", "onFailure": [ ${post('"id": ▶"a",')} ],`)));
    expectFine(holdRule({ actions: `[ ${post('"id": "a",')} ]`, onResolve: `[ ${post('"id": "a",')} ]` }));
  });

  it.each(['▶"a-b"', '▶"1a"', '▶""'])('%s is none', (id) => {
    expectFault('bad-value', holdDoing(post(`"id": ${id},`)));
  });

  it('what an action needs comes before it', () => {
    expectFine(holdDoing(post('"id": "a",'), post('"needs": "a",')));
    expectFault('unknown-action-id', holdDoing(post('"id": "a", "needs": ▶"a",')));
    expectFault('unknown-action-id', holdDoing(post('"needs": ▶"b",'), post('"id": "b",')));
    const fault = expectFault('unknown-action-id', holdDoing(post('"id": "assign",'), post('"needs": ▶"asign",')));
    expect(fault.remedy).toBe('Did you mean "assign"?');
  });
});

describe('params', () => {
  it.each([
    ['zoho.assignSession', '{ "agentId": "654" }'],
    ['zoho.assignSession', '{ "botId": "654" }'],
    [
      'zoho.assignSession',
      '{ "pick": "leastBusy", "from": { "department": "{{ channel.departmentId }}" }, "maxLoad": 4 }',
    ],
    ['zoho.assignSession', '{ "pick": "roundRobin", "from": { "agents": ["1", "2"] } }'],
    ['zoho.assignSession', '{ "pick": "sameAsLast" }'],
    ['zoho.setSessionStatus', '{ "status": "ENDED" }'],
    ['zoho.setSessionStatus', '{ "status": "{{ session.previousStatus }}" }'],
    ['zoho.updateTicket', '{ "status": "Open", "fields": { "cf_waited": "{{ hold.elapsed }}", "n": 3 } }'],
    ['zoho.commentTicket', '{ "text": "waited", "public": false }'],
    [
      'http.request',
      '{ "url": "https://example.org/x?c={{ session.id }}", "body": { "id": "{{ session.id }}", "n": [1, null] } }',
    ],
    ['http.request', '{ "url": "https://{{ session.channelId }}.example.org/" }'],
    ['dashboard.update', '{ "tile": "holds", "add": -1, "by": "{{ channel.name }}" }'],
    ['dashboard.update', '{ "tile": "holds", "add": "1.5" }'],
    ['dashboard.update', '{ "tile": "holds", "set": "{{ session.holds }}" }'],
    ['record', '{ "dataset": "ended_chats", "fields": { "id": "{{ session.id }}", "n": 1, "b": true, "z": null } }'],
    [
      'slack.alert',
      '{ "channel": "#ops", "text": "t", "severity": "critical", "fields": [ { "title": "a", "value": "b" } ] }',
    ],
    [
      'slack.post',
      '{ "channel": "#ops", "text": "t", "blocks": [ { "type": "divider" } ], "thread": "{{ session.id }}" }',
    ],
  ])('%s %s is fine', (type, params) => {
    expectFine(holdDoing(action(type, params)));
  });

  it.each([
    ['bad-params', 'zoho.assignSession', '▶{}'],
    ['bad-params', 'zoho.assignSession', '{ "agentId": "1", ▶"pick": "leastBusy", "from": { "agents": ["1"] } }'],
    ['bad-params', 'zoho.assignSession', '{ "agentId": "1", ▶"from": { "agents": ["1"] } }'],
    ['bad-params', 'zoho.assignSession', '{ "agentId": "1", ▶"maxLoad": 3 }'],
    ['bad-params', 'zoho.assignSession', '{ "pick": ▶"leastBusy" }'],
    ['bad-params', 'zoho.assignSession', '{ "pick": "leastBusy", "from": ▶{} }'],
    ['bad-params', 'zoho.assignSession', '{ "pick": "leastBusy", "from": { "department": "1", ▶"agents": ["1"] } }'],
    ['bad-value', 'zoho.assignSession', '{ "pick": ▶"leastbusy", "from": { "agents": ["1"] } }'],
    ['empty-param', 'zoho.assignSession', '{ "agentId": ▶" " }'],
    ['bad-params', 'zoho.setSessionStatus', '{ "status": ▶"ON_PROGRESS" }'],
    ['empty-param', 'slack.post', '{ "channel": "#ops", "text": ▶"" }'],
    ['missing-key', 'slack.post', '▶{ "channel": "#ops" }'],
    ['unknown-key', 'slack.post', '{ "channel": "#ops", ▶"txt": "t" }'],
    ['bad-params', 'zoho.updateTicket', '▶{}'],
    ['bad-params', 'http.request', '{ "url": ▶"example.org" }'],
    ['bad-params', 'http.request', '{ "url": ▶"{{ session.id }}/x" }'],
    ['bad-params', 'http.request', '{ "url": "https://example.org", "method": "GET", ▶"body": {} }'],
    ['bad-params', 'http.request', '{ "url": "https://example.org", "headers": { ▶"Webhook-Id": "x" } }'],
    ['bad-params', 'dashboard.update', '▶{ "tile": "t" }'],
    ['bad-params', 'dashboard.update', '{ "tile": "t", "set": 1, ▶"add": 1 }'],
    ['bad-params', 'dashboard.update', '{ "tile": "t", "add": ▶"many" }'],
    ['bad-params', 'dashboard.update', '{ "tile": "t", "add": ▶true }'],
    ['bad-params', 'record', '{ "dataset": ▶"ended chats", "fields": { "a": 1 } }'],
    ['bad-params', 'record', '{ "dataset": "d", "fields": ▶{} }'],
    ['wrong-type', 'record', '{ "dataset": "d", "fields": { "a": ▶[] } }'],
    ['bad-value', 'slack.alert', '{ "channel": "#ops", "text": "t", "severity": ▶"hihg" }'],
  ])('%s: %s %s', (code, type, params) => {
    expectFault(code, holdDoing(action(type, params)));
  });

  it('those of an action on failure are checked too', () => {
    expectFault(
      'bad-params',
      holdDoing(
        action(
          'slack.post',
          '{ "channel": "#x", "text": "t" }',
          `"onFailure": [ ${action('record', '{ "dataset": "d", "fields": ▶{} }')} ],`,
        ),
      ),
    );
  });

  it('an action that nobody knows is told with the nearest', () => {
    const fault = expectFault('unknown-action', holdDoing('{ "type": ▶"zoho.assign", "params": {} }'));
    expect(fault.remedy).toMatch(/Did you mean|Known here/);
    expectFault('missing-key', holdDoing('▶{ "params": {} }'));
  });
});

describe('names of the directory', () => {
  const directory = {
    'directory.json': JSON.stringify({
      departments: { '1': { name: 'Support' } },
      agents: { '2': { name: 'Ana Souza', zuid: '9', slack: 'U0123456' } },
      bots: { '3': { name: 'Greeter' } },
      teams: { night: { agents: ['Ana Souza'] } },
      slack: { users: { leads: 'S0123456' }, channels: { '#ops': 'C0123456' } },
    }),
  };

  it.each([
    ['zoho.assignSession', '{ "agentId": "ana souza" }'],
    ['zoho.assignSession', '{ "agentId": "65403000000190001" }'],
    ['zoho.assignSession', '{ "botId": "Greeter" }'],
    ['zoho.assignSession', '{ "pick": "leastBusy", "from": { "department": "Support" } }'],
    ['zoho.assignSession', '{ "pick": "leastBusy", "from": { "team": "night" } }'],
    ['slack.alert', '{ "channel": "ops", "text": "t", "mention": "@leads" }'],
    ['slack.alert', '{ "channel": "#elsewhere", "text": "t", "mention": "U04ANASOUZA" }'],
    ['slack.alert', '{ "channel": "C04CHATOPS1", "text": "t", "mention": "Ana Souza" }'],
    ['slack.alert', '{ "channel": "#ops", "text": "t", "mention": "here" }'],
  ])('%s %s is known', (type, params) => {
    expectFine(holdDoing(action(type, params)), directory);
  });

  it.each([
    ['zoho.assignSession', '{ "agentId": ▶"Ana Sousa" }', 'Did you mean "Ana Souza"?'],
    ['zoho.assignSession', '{ "botId": ▶"Nobody" }', undefined],
    ['zoho.assignSession', '{ "pick": "leastBusy", "from": { "department": ▶"Suport" } }', 'Did you mean "Support"?'],
    ['zoho.assignSession', '{ "pick": "leastBusy", "from": { "team": ▶"nights" } }', 'Did you mean "night"?'],
    ['zoho.assignSession', '{ "pick": "leastBusy", "from": { "agents": ["2", ▶"Bruno"] } }', undefined],
    ['zoho.updateTicket', '{ "assigneeId": ▶"Bruno" }', undefined],
    ['slack.alert', '{ "channel": ▶"opps", "text": "t" }', 'Did you mean "#ops"?'],
    ['slack.alert', '{ "channel": "#ops", "text": "t", "mention": ▶"lead" }', 'Did you mean "leads"?'],
  ])('%s %s is told', (type, params, remedy) => {
    const fault = expectFault('unknown-name', holdDoing(action(type, params)), directory, 'warning');
    if (remedy !== undefined) expect(fault.remedy).toBe(remedy);
  });
});
