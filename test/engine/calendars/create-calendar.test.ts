import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalendarFile } from '../../../src/domain/calendar-file.ts';
import { createCalendar } from '../../../src/engine/calendars/create-calendar.ts';
import { createWallClock, MINUTE } from './wall-clock.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text);
const iso = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant).toISOString());

const calendar = (zone: string, hours: CalendarFile['hours'], exceptions: CalendarFile['exceptions'] = {}) =>
  createCalendar('test', { zone, hours, exceptions });

const ALL_WEEK = 'mon-sun';

describe('weekly hours', () => {
  const office = calendar('America/Sao_Paulo', { 'mon-fri': ['09:00-12:00', '13:00-18:00'], sat: ['09:00-13:00'] });

  it('are open from their first millisecond until before their last, in the time of the zone', () => {
    // 2026-11-23 is a Monday; São Paulo is three hours behind UTC.
    expect(office.isOpen(at('2026-11-23T11:59:59.999Z'))).toBe(false);
    expect(office.isOpen(at('2026-11-23T12:00:00.000Z'))).toBe(true);
    expect(office.isOpen(at('2026-11-23T14:59:59.999Z'))).toBe(true);
    expect(office.isOpen(at('2026-11-23T15:00:00.000Z'))).toBe(false);
    expect(office.isOpen(at('2026-11-23T16:00:00.000Z'))).toBe(true);
    expect(office.isOpen(at('2026-11-28T12:30:00.000-03:00'))).toBe(true);
    expect(office.isOpen(at('2026-11-29T12:30:00.000-03:00'))).toBe(false);
  });

  it('tell when they open and close next', () => {
    expect(iso(office.nextOpen(at('2026-11-23T12:30:00Z')))).toBe('2026-11-23T12:30:00.000Z');
    expect(iso(office.nextOpen(at('2026-11-23T15:00:00Z')))).toBe('2026-11-23T16:00:00.000Z');
    expect(iso(office.nextOpen(at('2026-11-28T13:00:00-03:00')))).toBe('2026-11-30T12:00:00.000Z');
    expect(iso(office.nextClose(at('2026-11-23T12:30:00Z')))).toBe('2026-11-23T15:00:00.000Z');
    expect(iso(office.nextClose(at('2026-11-23T15:30:00Z')))).toBe('2026-11-23T15:30:00.000Z');
  });

  it('let only open time pass', () => {
    const friday = at('2026-11-27T17:30:00-03:00');
    expect(iso(office.addOpenTime(friday, HOUR))).toBe(iso(at('2026-11-28T09:30:00-03:00')));
    expect(iso(office.addOpenTime(friday, 30 * MINUTE))).toBe(iso(at('2026-11-27T18:00:00-03:00')));
    expect(office.openTimeBetween(friday, at('2026-11-30T10:00:00-03:00'))).toBe(5.5 * HOUR);
    expect(office.addOpenTime(friday, 0)).toBe(friday);
    expect(office.openTimeBetween(friday, friday)).toBe(0);
    expect(office.openTimeBetween(friday, friday - DAY)).toBe(0);
  });

  it('end at the closing when all that is left until then is added, whatever the day', () => {
    let closing = at('2026-11-23T00:00:00-03:00');
    for (let count = 0; count < 22; count++) {
      closing = office.nextClose(office.nextOpen(closing) ?? 0) ?? 0;
      expect(office.addOpenTime(closing - HOUR, HOUR)).toBe(closing);
    }
    expect(iso(closing)).toBe(iso(at('2026-12-05T13:00:00-03:00')));
  });

  it('may begin a week anywhere, and name days one by one', () => {
    const odd = calendar('Asia/Kolkata', { 'fri-sun,tue': ['10:00-11:00'] });
    const open = [22, 23, 24, 25, 26, 27, 28].filter((day) => odd.isOpen(at(`2026-11-${day}T10:30:00+05:30`)));
    expect(open).toEqual([22, 24, 27, 28]);
  });
});

describe('hours past midnight', () => {
  const night = calendar(
    'Europe/Lisbon',
    { 'mon-fri': ['22:00-06:00'] },
    { '2026-12-25': { name: 'Natal', hours: [] } },
  );

  it('go on into the next day, the weekend among them', () => {
    expect(iso(night.nextClose(at('2026-11-23T23:00:00Z')))).toBe('2026-11-24T06:00:00.000Z');
    expect(night.isOpen(at('2026-11-28T05:59:59Z'))).toBe(true);
    expect(night.isOpen(at('2026-11-28T06:00:00Z'))).toBe(false);
    expect(night.isOpen(at('2026-11-23T05:00:00Z'))).toBe(false);
  });

  it('end at the midnight of an exception, and do not begin on it', () => {
    expect(iso(night.nextClose(at('2026-12-24T23:00:00Z')))).toBe('2026-12-25T00:00:00.000Z');
    expect(iso(night.nextOpen(at('2026-12-25T00:00:00Z')))).toBe('2026-12-28T22:00:00.000Z');
    expect(night.isOpen(at('2026-12-26T03:00:00Z'))).toBe(false);
  });

  it('may be those of an exception, and go on after it', () => {
    const once = calendar('Europe/Lisbon', { mon: ['09:00-10:00'] }, { '2026-12-31': { hours: ['20:00-02:00'] } });
    expect(iso(once.nextClose(at('2026-12-31T21:00:00Z')))).toBe('2027-01-01T02:00:00.000Z');
  });

  it('touch without a gap: the end of a day is the beginning of the next', () => {
    const weekdays = calendar('Europe/Lisbon', { 'mon-fri': ['00:00-24:00'] });
    expect(iso(weekdays.nextClose(at('2026-11-23T12:00:00Z')))).toBe('2026-11-28T00:00:00.000Z');
    expect(weekdays.openTimeBetween(at('2026-11-23T00:00:00Z'), at('2026-11-30T00:00:00Z'))).toBe(5 * DAY);
  });
});

describe('holidays', () => {
  const office = calendar(
    'America/Sao_Paulo',
    { 'mon-fri': ['09:00-18:00'] },
    {
      '2026-12-24': { name: 'Véspera de Natal', hours: ['09:00-12:00'] },
      '2026-12-25': { name: 'Natal', hours: [] },
      '2026-12-26': { name: 'Inventário', hours: ['10:00-11:00'] },
    },
  );

  it('close a whole day of the zone, and no other', () => {
    for (let hour = 0; hour < 24; hour++)
      expect(office.isOpen(at('2026-12-25T00:00:00-03:00') + hour * HOUR)).toBe(false);
    expect(office.isOpen(at('2026-12-23T17:59:00-03:00'))).toBe(true);
  });

  it('may be shorter days, or open ones on a weekend', () => {
    expect(iso(office.nextClose(at('2026-12-24T09:30:00-03:00')))).toBe(iso(at('2026-12-24T12:00:00-03:00')));
    expect(iso(office.nextOpen(at('2026-12-24T12:00:00-03:00')))).toBe(iso(at('2026-12-26T10:00:00-03:00')));
  });

  it('are left out of a clock that counts open time', () => {
    expect(iso(office.addOpenTime(at('2026-12-23T17:00:00-03:00'), 5.5 * HOUR))).toBe(
      iso(at('2026-12-28T09:30:00-03:00')),
    );
  });
});

describe('clocks that change', () => {
  const DAYTIME: CalendarFile['hours'] = { [ALL_WEEK]: ['09:00-18:00'] };
  const NIGHT: CalendarFile['hours'] = { [ALL_WEEK]: ['22:00-06:00'] };

  it.each([
    ['America/New_York', '2026-03-08', '2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z'],
    ['America/New_York', '2026-11-01', '2026-10-31T13:00:00Z', '2026-11-01T14:00:00Z'],
    ['Europe/Lisbon', '2026-03-29', '2026-03-28T09:00:00Z', '2026-03-29T08:00:00Z'],
    ['Europe/Lisbon', '2026-10-25', '2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-03T12:00:00Z', '2018-11-04T11:00:00Z'],
    ['America/Sao_Paulo', '2018-02-18', '2018-02-17T11:00:00Z', '2018-02-18T12:00:00Z'],
    // No summer time since 2019, and none at all.
    ['America/Sao_Paulo', '2026-11-01', '2026-10-31T12:00:00Z', '2026-11-01T12:00:00Z'],
    ['Asia/Kolkata', '2026-03-29', '2026-03-28T03:30:00Z', '2026-03-29T03:30:00Z'],
  ])('%s opens at nine by its own clocks, on %s too', (zone, _date, before, after) => {
    const days = calendar(zone, DAYTIME);
    expect(iso(days.nextOpen(at(before) - HOUR))).toBe(iso(at(before)));
    expect(iso(days.nextOpen(at(after) - HOUR))).toBe(iso(at(after)));
  });

  it.each([
    ['America/New_York', '2026-03-08T02:00:00Z', 7],
    ['America/New_York', '2026-11-01T01:00:00Z', 9],
    ['Europe/Lisbon', '2026-03-28T21:00:00Z', 7],
    ['Europe/Lisbon', '2026-10-24T20:00:00Z', 9],
    ['America/Sao_Paulo', '2018-11-04T00:00:00Z', 7],
    ['America/Sao_Paulo', '2018-02-17T23:00:00Z', 9],
    ['America/Sao_Paulo', '2026-11-01T00:00:00Z', 8],
  ])('a night of %s around %s has %i hours', (zone, evening, hours) => {
    const nights = calendar(zone, NIGHT);
    const opening = nights.nextOpen(at(evening)) ?? 0;
    expect(nights.openTimeBetween(opening, opening + 12 * HOUR)).toBe(hours * HOUR);
    expect(nights.nextClose(opening)).toBe(opening + hours * HOUR);
    expect(nights.addOpenTime(opening, hours * HOUR)).toBe(opening + hours * HOUR);
  });

  it('an hour that the clocks leave out is open for nobody', () => {
    const early = calendar('America/New_York', { [ALL_WEEK]: ['02:15-02:45'] });
    expect(iso(early.nextOpen(at('2026-03-07T12:00:00Z')))).toBe('2026-03-09T06:15:00.000Z');
    // What begins within it begins with the next minute that there is.
    const later = calendar('America/New_York', { [ALL_WEEK]: ['02:30-04:00'] });
    expect(iso(later.nextOpen(at('2026-03-08T06:00:00Z')))).toBe('2026-03-08T07:00:00.000Z');
    expect(iso(later.nextClose(at('2026-03-08T07:00:00Z')))).toBe('2026-03-08T08:00:00.000Z');
  });

  it('an hour that the clocks show twice is open twice', () => {
    const early = calendar('America/New_York', { [ALL_WEEK]: ['01:00-02:00'] });
    expect(early.openTimeBetween(at('2026-11-01T04:00:00Z'), at('2026-11-01T12:00:00Z'))).toBe(2 * HOUR);
  });

  it('a day that begins at one o’clock is closed as a whole by its holiday', () => {
    const always = calendar('America/Sao_Paulo', { [ALL_WEEK]: ['00:00-24:00'] }, { '2018-11-04': { hours: [] } });
    expect(iso(always.nextClose(at('2018-11-03T12:00:00Z')))).toBe('2018-11-04T03:00:00.000Z');
    expect(iso(always.nextOpen(at('2018-11-04T03:00:00Z')))).toBe('2018-11-05T02:00:00.000Z');
  });
});

describe('what never comes', () => {
  it('is undefined, after a bounded search', () => {
    const never = calendar('Europe/Lisbon', {}, { '2020-01-01': { hours: ['09:00-10:00'] } });
    const always = calendar('Europe/Lisbon', { [ALL_WEEK]: ['00:00-24:00'] });
    const now = at('2026-11-23T12:00:00Z');
    expect(never.nextOpen(now)).toBeUndefined();
    expect(never.addOpenTime(now, 1)).toBeUndefined();
    expect(never.openTimeBetween(now, now + 400 * DAY)).toBe(0);
    expect(always.nextClose(now)).toBeUndefined();
    expect(always.nextOpen(now)).toBe(now);
    expect(always.addOpenTime(now, 400 * DAY)).toBe(now + 400 * DAY);
    expect(always.addOpenTime(now, 400 * DAY + 1)).toBeUndefined();
  });

  it('costs nobody the service: from another century on, the last ten years are counted', () => {
    const office = calendar('America/New_York', { 'mon-fri': ['09:00-17:00'] });
    const now = at('2026-11-23T12:00:00Z');
    expect(office.openTimeBetween(-8e15, now)).toBe(office.openTimeBetween(now - 3660 * DAY, now));
    expect(office.openTimeBetween(-8e15, now)).toBeGreaterThan(office.openTimeBetween(now - 3650 * DAY, now));
    expect(office.isOpen(-8e15)).toBe(false);
  });
});

/** Days on which the clocks of these zones change, forward and back, and the days before them; and days like any other. */
const MOMENTS: [zone: string, from: string][] = [
  ['America/New_York', '2026-03-07T00:00:00Z'],
  ['America/New_York', '2026-10-31T00:00:00Z'],
  ['Europe/Lisbon', '2026-03-28T00:00:00Z'],
  ['Europe/Lisbon', '2026-10-24T00:00:00Z'],
  ['America/Sao_Paulo', '2018-11-03T00:00:00Z'],
  ['America/Sao_Paulo', '2018-02-17T00:00:00Z'],
  ['America/Sao_Paulo', '2026-12-30T00:00:00Z'],
  ['Asia/Kolkata', '2026-12-31T00:00:00Z'],
];

const time = fc
  .integer({ min: 0, max: 95 })
  .map(
    (quarter) => `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
  );
const stretch = fc
  .tuple(time, time)
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => `${from}-${to}`);
const stretches = fc.array(stretch, { maxLength: 3 });

const scene = fc.constantFrom(...MOMENTS).chain(([zone, from]) => {
  const dates = Array.from({ length: 5 }, (_, day) => new Date(at(from) + (day - 1) * DAY).toISOString().slice(0, 10));
  return fc.record({
    start: fc.constant(at(from)),
    file: fc.record({
      zone: fc.constant(zone),
      hours: fc.record({ 'mon-thu': stretches, 'fri,sat': stretches, sun: stretches }),
      exceptions: fc.dictionary(fc.constantFrom(...dates), fc.record({ hours: stretches }), { maxKeys: 2 }),
    }),
    from: fc.integer({ min: 0, max: 3 * 1440 }),
    minutes: fc.integer({ min: 0, max: 1440 }),
  });
});

describe('every calendar', () => {
  it('says what somebody says who looks at a clock on the wall each minute', () => {
    fc.assert(
      fc.property(scene, ({ start, file, from: offset, minutes }) => {
        const wall = createWallClock(file);
        const tested = createCalendar('test', file);
        const count = 3 * 1440;
        const open = Array.from({ length: count }, (_, minute) => wall(start + minute * MINUTE));
        const instant = (minute: number) => start + minute * MINUTE;
        expect(open.map((_, minute) => tested.isOpen(instant(minute)))).toEqual(open);
        // What lies within the three days is known; beyond, the answers must at least be beyond.
        const from = Math.min(offset, count - 1);
        const nextWhere = (state: boolean) => open.findIndex((isOpen, minute) => minute >= from && isOpen === state);
        for (const [found, minute] of [
          [tested.nextOpen(instant(from)), nextWhere(true)],
          [tested.nextClose(instant(from)), nextWhere(false)],
        ]) {
          if (minute !== undefined && minute >= 0) expect(found).toBe(instant(minute));
          else expect(found ?? instant(count)).toBeGreaterThanOrEqual(instant(count));
        }
        const openAfter = open.slice(from).filter(Boolean).length;
        expect(tested.openTimeBetween(instant(from), instant(count))).toBe(openAfter * MINUTE);
        const due = tested.addOpenTime(instant(from), minutes * MINUTE);
        if (minutes > openAfter) expect(due ?? instant(count)).toBeGreaterThan(instant(count) - 1);
        else if (minutes > 0) {
          let passed = 0;
          const last = open.findIndex((isOpen, minute) => minute >= from && isOpen && ++passed === minutes);
          expect(due).toBe(instant(last + 1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('adds what it counts: from any instant, over months', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('America/New_York', 'Europe/Lisbon', 'America/Sao_Paulo', 'Asia/Kolkata'),
        fc.integer({ min: at('2018-01-01'), max: at('2028-01-01') }),
        fc.integer({ min: 1, max: 60 * DAY }),
        (zone, from, ms) => {
          const tested = calendar(zone, { 'mon-fri': ['09:00-12:00', '22:00-06:00'] }, { '2026-12-25': { hours: [] } });
          const due = tested.addOpenTime(from, ms) ?? Number.NaN;
          expect(tested.openTimeBetween(from, due)).toBe(ms);
          // The earliest such instant: a millisecond before, less has passed.
          expect(tested.openTimeBetween(from, due - 1)).toBe(ms - 1);
          const middle = from + Math.floor((due - from) / 3);
          expect(tested.openTimeBetween(from, middle) + tested.openTimeBetween(middle, due)).toBe(ms);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('answers in microseconds, and months ahead too', () => {
    const office = calendar('America/New_York', { 'mon-fri': ['09:00-12:00', '13:00-18:00'] });
    const start = at('2026-01-01T00:00:00Z');
    office.addOpenTime(start, 300 * HOUR);
    const begun = performance.now();
    for (let index = 0; index < 20_000; index++) {
      office.isOpen(start + index * 97_003);
      office.addOpenTime(start + index * 97_003, 8 * HOUR);
    }
    const each = (performance.now() - begun) / 20_000;
    // Measured: about a microsecond. A machine that is busy may take twenty times as long, a search by the minute a thousand.
    expect(each).toBeLessThan(0.05);
  });
});
