import { describe, expect, it } from 'vitest';
import { analyseTemplate } from '../../../src/engine/templates/analyse-template.ts';

describe('analysing a template', () => {
  it('tells which facts and results it reads, and where', () => {
    const text = 'Chat {{ session.id }}\n{% if hold.elapsed > 1 %}{{ results.assign.agentName }}{% endif %}';
    expect(analyseTemplate(text)).toEqual({
      ok: true,
      facts: ['hold', 'session'],
      paths: [
        { root: 'session', segments: ['id'], dynamic: false, offset: text.indexOf('session') },
        { root: 'hold', segments: ['elapsed'], dynamic: false, offset: text.indexOf('hold') },
        { root: 'results', segments: ['assign', 'agentName'], dynamic: false, offset: text.indexOf('results') },
      ],
      resultsRead: ['assign'],
    });
  });

  it('leaves loop variables and assigned ones out', () => {
    const text =
      '{% assign x = session.id %}{% for tag in event.tags %}{{ tag }} {{ forloop.index }} {{ x }}{% endfor %}';
    expect(analyseTemplate(text).facts).toEqual(['event', 'session']);
  });

  it('marks a path that goes on through a variable', () => {
    const { paths } = analyseTemplate('{{ session.timeIn[session.status] }}');
    expect(paths[0]).toMatchObject({ root: 'session', segments: ['timeIn'], dynamic: true });
  });

  it('reads nothing from a text without templates', () => {
    expect(analyseTemplate('just { text }')).toEqual({ ok: true, facts: [], paths: [], resultsRead: [] });
  });

  it.each([
    ['{{ session.id | bogus }}', 'there is no filter "bogus"', 16, { kind: 'filter', name: 'bogus' }],
    ['{{ session.id | raw }}', 'there is no filter "raw"', 16, { kind: 'filter', name: 'raw' }],
    ['x {% include "a" %}', 'there is no tag "include"', 2, { kind: 'tag', name: 'include' }],
    ['{% capture x %}{% endcapture %}', 'there is no tag "capture"', 0, { kind: 'tag', name: 'capture' }],
    ['{% increment session %}', 'there is no tag "increment"', 0, { kind: 'tag', name: 'increment' }],
    ['{{ session.id', 'output "{{ session.id" not closed', 0, undefined],
    ['a {% if session.id %} b', 'tag {% if session.id %} not closed', 2, undefined],
    ['{{ session.id hold.elapsed }}', '"hold.elapsed" is not expected here', 14, undefined],
    ['{% if a b %}{% endif %}', '"b" is not expected here', 8, undefined],
    ['{{ session.id, 1 }}', '", 1" is not expected here', 13, undefined],
    ['{{ session.id | append }}', 'append expect 2 arguments', 0, undefined],
    ['{% for i in (1..900000000) %}{{ i }}{% endfor %}', 'memory alloc limit exceeded', 0, undefined],
  ])('%s is refused: %s', (text, message, offset, unknown) => {
    expect(analyseTemplate(text)).toEqual({
      ok: false,
      facts: [],
      paths: [],
      resultsRead: [],
      fault: { message, offset, ...(unknown && { unknown }) },
    });
  });

  it('a time zone that is none is found without any value', () => {
    expect(analyseTemplate('{{ session.createdAt | time: "Mars/Base" }}').fault?.message).toContain('no time zone');
    expect(analyseTemplate('{{ session.createdAt | time: "America/Sao_Paulo", "pt-BR" }}').ok).toBe(true);
  });
});
