import { describe, expect, it } from 'vitest';
import { expectFault, expectFine, load } from './support.ts';

const ZONE = '"zone": "America/Sao_Paulo"';
const HOURS = '"hours": { "mon-fri": ["09:00-18:00"] }';
const calendars = (text: string) => ({ 'calendars.json': text });
const calendar = (...parts: string[]) => calendars(`{\n  "office": { ${parts.join(', ')} }\n}`);

function fault(code: string, files: Record<string, string>, severity: 'error' | 'warning' = 'error') {
  const { message, remedy } = expectFault(code, undefined, files, severity);
  return `${message} → ${remedy}`;
}

describe('calendars.json', () => {
  it('may have several calendars, with every form of hours', () => {
    expectFine(undefined, {
      'calendars.json': `// Hours.
      {
        "$schema": "./calendars.schema.json",
        "support-hours": {
          "description": "People answer",
          "zone": "America/Sao_Paulo",
          "hours": { "mon,wed-fri": ["09:00-12:00", "12:00-18:00"], "tue": ["00:00-24:00"], "sat": [] },
          "exceptions": {
            "2027-12-24": { "name": "Véspera de Natal", "hours": ["09:00-12:00"] },
            "2027-12-25": { "name": "Natal", "hours": [] }
          }
        },
        "night": { "zone": "Asia/Kolkata", "hours": { "sun-thu": ["22:00-06:00"], "fri": ["22:00-00:00"] } },
        "day_and_night": { "zone": "UTC", "hours": { "mon-sun": ["00:00-24:00"] } },
        "other": { "zone": "Europe/Lisbon", "hours": { "fri-mon": ["18:00-18:00"] } }
      }`.replace('"18:00-18:00"', '"18:00-17:00"'),
    });
  });

  it.each([
    ['▶"America/Sao_Paolo"', 'there is no time zone "America/Sao_Paolo" → Did you mean "America/Sao_Paulo"?'],
    ['▶"São Paulo"', 'there is no time zone "São Paulo" → Did you mean "America/Sao_Paulo"?'],
    ['▶"new york"', 'there is no time zone "new york" → Did you mean "America/New_York"?'],
    ['▶"europe/lisbon"', 'there is no time zone "europe/lisbon" → Did you mean "Europe/Lisbon"?'],
  ])('wants a zone that exists: %s', (zone, said) => {
    expect(fault('unknown-zone', calendar(`"zone": ${zone}`, HOURS))).toBe(said);
  });

  it.each(['"-03:00"', '"UTC-03:00"', '"+0530"'])('wants a zone, no offset: %s', (zone) => {
    expect(fault('unknown-zone', calendar(`"zone": ▶${zone}`, HOURS))).toContain('is an offset, no time zone');
  });

  it.each([
    ['"mon-fri": [▶"9:00-18:00"]', '"9:00-18:00" is no stretch of a day such as 09:00-18:00'],
    ['"mon-fri": [▶"09:00-24:30"]', 'is no stretch'],
    ['"mon-fri": [▶"24:00-06:00"]', 'is no stretch'],
    ['"mon-fri": [▶"09:00 - 18:00"]', 'is no stretch'],
  ])('wants times of a day: %s', (hours, said) => {
    expect(fault('bad-value', calendar(ZONE, `"hours": { ${hours} }`))).toContain(said);
  });

  it('wants a stretch to last', () => {
    expect(fault('bad-stretch', calendar(ZONE, '"hours": { "mon-fri": [▶"09:00-09:00"] }'))).toBe(
      '"09:00-09:00" ends where it begins → Write "00:00-24:00" for a whole day.',
    );
  });

  it.each([
    ['▶"monday": []', '"monday" names no days: write mon-fri, sat or sat,sun'],
    ['▶"mon - fri": []', 'names no days'],
    ['▶"seg-sex": []', 'names no days'],
  ])('wants days of the week: %s', (days, said) => {
    expect(fault('bad-key', calendar(ZONE, `"hours": { ${days} }`))).toContain(said);
  });

  it('wants each day once', () => {
    expect(
      fault('duplicate-day', calendar(ZONE, '"hours": { "mon-fri": ["09:00-12:00"], ▶"wed,sat": ["10:00-11:00"] }')),
    ).toBe('wed is in "mon-fri" already → Write each day once, with all of its stretches in one list.');
    fault('duplicate-day', calendar(ZONE, '"hours": { ▶"mon-wed,tue": ["09:00-12:00"] }'));
  });

  it.each([
    ['"mon-fri": ["09:00-12:00", ▶"11:30-18:00"]', '"11:30-18:00" overlaps "09:00-12:00"'],
    ['"mon-fri": ["13:00-18:00", ▶"09:00-14:00"]', 'overlaps'],
    ['"mon-fri": ["22:00-06:00", ▶"23:00-01:00"]', 'overlaps'],
    ['"mon-fri": [▶"22:00-06:00", "05:30-12:00"]', '"22:00-06:00" goes on into "05:30-12:00" of tue'],
    ['"sat": [▶"22:00-06:00"], "sun": ["05:00-10:00"]', 'of sun'],
    ['"sun": [▶"22:00-06:00"], "mon": ["05:00-10:00"]', 'of mon'],
  ])('wants stretches apart: %s', (hours, said) => {
    expect(fault('overlap', calendar(ZONE, `"hours": { ${hours} }`))).toContain(said);
  });

  it('wants those of exceptions apart too, and lets an exception end what began the evening before', () => {
    const exceptions = (text: string) => calendar(ZONE, HOURS, `"exceptions": { ${text} }`);
    fault('overlap', exceptions('"2027-12-24": { "hours": ["09:00-12:00", ▶"11:00-13:00"] }'));
    // 2027-12-24 is a Friday, the 22nd a Wednesday.
    expect(fault('overlap', exceptions('"2027-12-22": { "hours": [▶"20:00-10:00"] }'))).toContain('of 2027-12-23');
    expectFine(undefined, exceptions('"2027-12-24": { "hours": ["20:00-10:00"] }'));
    expectFine(
      undefined,
      exceptions('"2027-12-22": { "hours": ["20:00-10:00"] }, "2027-12-23": { "hours": ["09:00-12:00"] }'),
    );
  });

  it.each(['2027-02-29', '2027-13-01', '2027-04-31'])('wants dates that exist: %s', (date) => {
    fault('no-such-date', calendar(ZONE, HOURS, `"exceptions": { ▶"${date}": { "hours": [] } }`));
  });

  it.each([
    ['bad-key', '"exceptions": { ▶"25/12/2027": { "hours": [] } }'],
    ['missing-key', '"exceptions": { "2027-12-25": ▶{ "name": "Natal" } }'],
    ['wrong-type', '"exceptions": { "2027-12-25": { "hours": ▶"closed" } }'],
    ['unknown-key', '"exceptions": { "2027-12-25": { "hours": [], ▶"closed": true } }'],
    ['unknown-key', '▶"timezone": "UTC"'],
  ])('is checked strictly: %s', (code, part) => {
    fault(code, calendar(ZONE, HOURS, part));
  });

  it('wants names that can stand in a path', () => {
    fault('bad-name', calendars(`{ ▶"horário comercial": { ${ZONE}, ${HOURS} } }`));
    fault('bad-name', calendars(`{ ▶"constructor": { ${ZONE}, ${HOURS} } }`));
  });

  it('wants no more of them than are asked about at each event', () => {
    const many = Array.from(
      { length: 51 },
      (_, index) => `${index === 50 ? '▶' : ''}"c${index}": { ${ZONE}, ${HOURS} }`,
    );
    fault('too-many-calendars', calendars(`{ ${many.join(',\n')} }`));
  });

  it('warns of a calendar that is never open', () => {
    fault('never-open', calendars(`{ ▶"office": { ${ZONE}, "hours": { "mon": [] } } }`), 'warning');
    expectFine(
      undefined,
      calendar(ZONE, '"hours": {}', '"exceptions": { "2027-12-25": { "hours": ["09:00-10:00"] } }'),
    );
  });

  it('is named so: a near name is told', () => {
    const { faults } = load(undefined, { 'calendar.json': '{}' });
    expect(faults).toMatchObject([{ code: 'not-loaded', remedy: 'Did you mean "calendars.json"?' }]);
  });
});
