import { describe, expect, it } from 'vitest';
import { eventDoing, eventRule, expectFault, expectFine, holdDoing, holdRule } from './support.ts';

const post = (text: string, more = '') =>
  `{ ${more} "type": "slack.post", "params": { "channel": "#ops", "text": "${text}" } }`;
const holdSaying = (text: string) => holdDoing(post(text));
const eventSaying = (text: string) => eventDoing(post(text));

describe('templates of a hold rule', () => {
  it.each([
    '{{ session.id }} {{ session.timeIn.ON_HOLD | duration }} {{ session.timeIn[session.status] | duration }}',
    "{{ hold.elapsed | duration }} {{ episode.startedAt | time: 'America/Sao_Paulo' }}",
    "{{ channel.name }} {{ clock.now | time }} {{ rule.name }} {{ rule.owner | default: 'nobody' }}",
    '{% if session.assigneeId %}{{ session.assigneeId | name }}{% else %}nobody{% endif %}',
    '{% assign who = session.assigneeId | name %}{{ who | upcase }}',
  ])('%s', (text) => {
    expectFine(holdSaying(text));
  });

  it.each([
    ['{{ ▶sesion.id }}', 'unknown-variable'],
    ['{{ ▶session.idd }}', 'unknown-variable'],
    ['{{ session.id }} {{ ▶session.status.x }}', 'unknown-variable'],
    ['{{ ▶session[session.status] }}', 'unknown-variable'],
    ['{{ ▶queue.count }}', 'not-available'],
    ['{{ ▶event.text }}', 'not-available'],
    ['{{ ▶transition.from }}', 'not-available'],
    ['{{ ▶results.assign.agentName }}', 'unknown-result'],
    ['{{ ▶results }}', 'unknown-result'],
    ['{{ ▶results[session.id].x }}', 'unknown-result'],
    ['{{ session.id | ▶durations }}', 'unknown-filter'],
    ['{{ session.id | ▶raw }}', 'unknown-filter'],
    ['▶{{ session.id', 'bad-template'],
    ["▶{% include 'x' %}", 'bad-template'],
    ['{{ session.id ▶session.status }}', 'bad-template'],
    ['\\u00e7\\n{{ ▶sesion.id }}', 'unknown-variable'],
  ])('not %s: %s', (text, code) => {
    expectFault(code, holdSaying(text));
  });

  it('a slip is told with what was meant', () => {
    expect(expectFault('unknown-variable', holdSaying('{{ ▶session.asigneeId }}')).remedy).toBe(
      'Did you mean "assigneeId"?',
    );
    expect(expectFault('unknown-filter', holdSaying('{{ hold.elapsed | ▶duratoin }}')).remedy).toBe(
      'Did you mean "duration"?',
    );
  });

  it('a status that nobody knows is told', () => {
    expectFault('unknown-value', holdSaying('{{ ▶session.timeIn.ONHOLD }}'), {}, 'warning');
  });
});

describe('templates of an event rule', () => {
  it.each(['{{ event.sessionStatus }} {{ transition.from }}', '{{ event.cf.vip }}', '{{ event.actor.name }}'])(
    '%s',
    (text) => {
      expectFine(eventSaying(text));
    },
  );

  it.each(['{{ ▶hold.elapsed }}', '{{ ▶episode.firings }}'])('not %s', (text) => {
    expectFault('not-available', eventSaying(text));
  });

  it('a transition only where events have one', () => {
    expectFault(
      'not-available',
      eventRule({ on: '["IM_Message_Add"]', actions: `[ ${post('{{ ▶transition.to }}')} ]` }),
    );
  });

  it('a field that looks like a slip is told', () => {
    expectFault('unknown-variable', eventSaying('{{ ▶event.sesionStatus }}'), {}, 'warning');
  });

  it('a record of personal data is told', () => {
    const recording = (field: string) =>
      eventRule({
        on: '["IM_Message_Add"]',
        actions: `[ { "type": "record", "params": { "dataset": "d", "fields": { "a": "${field}" } } } ]`,
      });
    expectFine(recording('{{ event.messageType }}'));
    expectFault('personal-data', recording('{{ ▶event.text }}'), {}, 'warning');
    expectFault('personal-data', recording('{{ ▶event.contact.email }}'), {}, 'warning');
  });
});

describe('templates of what comes later', () => {
  it('a step has no event any more, but it has an episode', () => {
    const step = (text: string) => `[ { "after": "5m", "actions": [ ${post(text)} ] } ]`;
    expectFine(eventRule({ steps: step('{{ session.status }} {{ hold.elapsed | duration }}') }));
    expectFault('not-available', eventRule({ steps: step('{{ ▶event.text }}') }));
    expectFault('not-available', eventRule({ steps: step('{{ ▶transition.to }}') }));
    expectFine(holdRule({ steps: step('{{ hold.elapsed | duration }}') }));
  });

  it('the end of an episode too', () => {
    expectFine(holdRule({ onResolve: `[ ${post('{{ session.status }} after {{ hold.elapsed | duration }}')} ]` }));
    expectFault('not-available', holdRule({ onResolve: `[ ${post('{{ ▶event.text }}')} ]` }));
  });
});

describe('results', () => {
  const assign = (more = '') =>
    `{ "id": "assign", ${more} "type": "zoho.assignSession", "params": { "agentId": "1" } }`;

  it('come from earlier actions', () => {
    expectFine(holdDoing(assign(), post('{{ results.assign.agentName }}')));
    expectFault('unknown-result', holdDoing(post('{{ ▶results.assign.agentName }}'), assign()));
    expectFault('unknown-result', holdDoing(assign(), post('{{ ▶results.asign.agentName }}')));
  });

  it('of the failed action are there for what follows its failure', () => {
    expectFine(holdDoing(assign(`"onFailure": [ ${post('{{ results.assign.state }}')} ],`)));
    expectFault(
      'unknown-result',
      holdDoing(assign(`"onFailure": [ ${post('x', '"id": "told",')} ],`), post('{{ ▶results.told.ts }}')),
    );
  });

  it('have the fields of the type of the action', () => {
    const fault = expectFault('unknown-result', holdDoing(assign(), post('{{ ▶results.assign.agentNane }}')));
    expect(fault.remedy).toBe('Did you mean "agentName"?');
    const request = '{ "id": "asked", "type": "http.request", "params": { "url": "https://example.org/" } }';
    expectFine(holdDoing(request, post('{{ results.asked.status }} {{ results.asked.body.items[0].id }}')));
  });

  it('of the firing are not there for its steps', () => {
    const steps = `[ { "after": "5m", "actions": [ ${post('{{ ▶results.assign.agentName }}')} ] } ]`;
    expectFault('unknown-result', holdRule({ actions: `[ ${assign()} ]`, steps }));
  });
});
