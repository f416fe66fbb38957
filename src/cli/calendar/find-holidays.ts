import type Holidays from 'date-holidays';
import { findNearest } from '../../domain/did-you-mean.ts';
import { AppError } from '../../domain/errors.ts';
import { DAY_MS, formatDate, parseDate } from '../../engine/calendars/parse-hours.ts';

const HOUR_MS = 3_600_000;

/** What date-holidays knows of a day. `bank`: banks and public offices are closed, as at carnival in Brazil. */
export const HOLIDAY_TYPES = ['public', 'bank', 'school', 'optional', 'observance'] as const;
export type HolidayType = (typeof HOLIDAY_TYPES)[number];

export interface Holiday {
  /** `2027-12-25` */
  date: string;
  /** In the first language of the country, or the one that was asked for. */
  name: string;
}

export interface FoundHolidays {
  /** By date, each once. */
  holidays: Holiday[];
  /** Days of the types that were not asked for: how many of each. */
  left: Partial<Record<HolidayType, number>>;
  /** Of the types that were asked for, those that are only a part of a day: `2027-12-24 (Noite de Natal)`. */
  partOfDay: string[];
}

/**
 * Holidays of a country or a part of it in a year. The package is a megabyte of data: it is loaded here and nowhere else.
 * @param region `BR`, `BR-SP`, `DE-BY-A`, in any case
 * @throws AppError not_found, with what may have been meant
 */
export async function findHolidays(
  region: string,
  year: number,
  types: readonly HolidayType[],
  language?: string,
): Promise<FoundHolidays> {
  const { default: Package } = await import('date-holidays');
  const calendar = openRegion(Package, region);
  const languages = calendar.getLanguages();
  if (language !== undefined && !languages.includes(language)) {
    throw new AppError('bad_request', `the holidays of ${region} have no names in "${language}"`, {
      remedy: `There are: ${languages.join(', ')}.`,
    });
  }
  const names = new Map<string, Set<string>>();
  const found: FoundHolidays = { holidays: [], left: {}, partOfDay: [] };
  for (const { date: text, start, end, name, type } of calendar.getHolidays(year, language)) {
    const date = text.slice(0, 10);
    const days = text.slice(10).startsWith(' 00:00:00') ? daysFrom(date, end.getTime() - start.getTime()) : [];
    if (!types.includes(type)) found.left[type] = (found.left[type] ?? 0) + 1;
    else if (days.length === 0) found.partOfDay.push(`${date} (${name})`);
    else for (const day of days) names.set(day, (names.get(day) ?? new Set()).add(name));
  }
  found.holidays = [...names]
    .map(([date, all]) => ({ date, name: [...all].join(', ') }))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  return found;
}

/** The dates of a holiday, none when it is only a part of a day. One on which the clocks change has 23 or 25 hours. */
function daysFrom(date: string, lengthMs: number): string[] {
  const first = parseDate(date) ?? 0;
  const count = Math.round(lengthMs / DAY_MS);
  if (Math.abs(lengthMs - count * DAY_MS) > HOUR_MS) return [];
  return Array.from({ length: count }, (_, index) => formatDate(first + index));
}

function openRegion(Package: typeof Holidays, region: string): Holidays {
  const [country = '', state, part, ...more] = region.toUpperCase().split('-');
  const all = new Package();
  check(region, country, all.getCountries('en'), 'country', []);
  if (state !== undefined) check(region, state, all.getStates(country) ?? {}, 'region', [country]);
  if (state !== undefined && part !== undefined) {
    check(region, part, all.getRegions(country, state) ?? {}, 'region', [country, state]);
  }
  if (more.length > 0)
    throw unknownRegion(region, 'region', 'Write a country, or a country and its region: BR, BR-SP.');
  if (state === undefined) return new Package(country);
  return part === undefined ? new Package(country, state) : new Package(country, state, part);
}

/** @param known codes with their names, of what is within `above` */
function check(region: string, code: string, known: Record<string, string>, kind: string, above: string[]): void {
  if (Object.hasOwn(known, code)) return;
  const shown = (one: string) => `${[...above, one].join('-')} (${known[one]})`;
  const all = Object.keys(known);
  if (all.length === 0) throw unknownRegion(region, kind, `Write ${above.join('-')}: no parts of it are known.`);
  const byName = new Map(Object.entries(known).map(([one, name]) => [name, one]));
  const named = byName.get(findNearest(code, byName.keys()) ?? '');
  if (named !== undefined) throw unknownRegion(region, kind, `Did you mean ${shown(named)}?`);
  const near = nearCodes(code, all);
  const list = near.length > 0 ? near : all.slice(0, MOST_SHOWN);
  const more = near.length === 0 && all.length > list.length ? ', …' : '';
  throw unknownRegion(region, kind, `${near.length > 0 ? 'Near' : 'Known'}: ${list.map(shown).join(', ')}${more}.`);
}

/** Enough for the states of any country. */
const MOST_SHOWN = 60;

/** Codes have two or three letters: those that share the first of them, or all of them in another order. */
function nearCodes(code: string, known: readonly string[]): string[] {
  const letters = (text: string) => [...text].sort().join('');
  const near = known.filter((one) => letters(one) === letters(code) || (code.length > 2 && code.startsWith(one)));
  return [...near, ...known.filter((one) => one[0] === code[0] && !near.includes(one))].slice(0, 12);
}

function unknownRegion(region: string, kind: string, remedy: string): AppError {
  return new AppError('not_found', `no holidays are known of the ${kind} "${region}"`, { remedy });
}
