import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CalendarFile } from '../../domain/calendar-file.ts';
import { suggestion } from '../../domain/did-you-mean.ts';
import { AppError } from '../../domain/errors.ts';
import { explainRuleFaults } from '../explain-rule-faults.ts';
import { type CliIo, writeJson } from '../io.ts';
import { findHolidays, HOLIDAY_TYPES, type Holiday, type HolidayType } from './find-holidays.ts';
import { insertProperty } from './insert-property.ts';
import { type CalendarsFile, getCalendar, parseCalendars, readCalendars } from './read-calendars.ts';

interface ImportOptions {
  calendar?: string;
  rules?: string;
  types: string;
  language?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function registerImportHolidays(command: Command, io: CliIo): void {
  command
    .command('import-holidays')
    .description(
      'Writes the holidays of a country or a part of it as exceptions into calendars.json: closed all day. What is written\n' +
        'there for a date already is kept. The data is that of date-holidays: look it over before you rely on it.',
    )
    .argument('<region>', 'country and region, such as BR, BR-SP or PT')
    .argument('<year>', 'such as 2027')
    .option('--calendar <name>', 'the calendar (default: the one that there is)')
    .option('--types <types>', `of ${HOLIDAY_TYPES.join(', ')}`, 'public')
    .option('--language <code>', 'language of the names (default: the first of the country)')
    .option('--rules <dir>', 'folder of the rules (default: RULES_DIR, or ./rules)')
    .option('--dry-run', 'write nothing, say what would be written')
    .option('--json', 'print the result as JSON')
    .action((region: string, year: string, own: ImportOptions, { parent }: Command) =>
      // What the command above knows too, it takes for its own wherever it stands.
      explainRuleFaults(io, () => importHolidays(region, year, { ...parent?.opts(), ...own }, io)),
    );
}

/** @throws AppError bad_request, not_found or rules_invalid */
async function importHolidays(region: string, yearText: string, options: ImportOptions, io: CliIo): Promise<void> {
  const year = parseYear(yearText);
  const types = parseTypes(options.types);
  const file = await readCalendars(options.rules, io);
  const name = chooseCalendar(options.calendar, file);
  const found = await findHolidays(region, year, types, options.language);
  const present = getCalendar(name, file.files, file.shownPath).exceptions ?? {};
  const [added, there] = partition(found.holidays, ({ date }) => !Object.hasOwn(present, date));
  const kept = there.flatMap(({ date, name: holiday }) => {
    const written = present[date];
    const same = written === undefined || (written.name === holiday && written.hours.length === 0);
    return same ? [] : [{ date, name: holiday, written: describeWritten(written) }];
  });
  const text = withExceptions(file, name, added);
  if (options.dryRun !== true && added.length > 0) await write(file.path, text);
  if (options.json === true) {
    const { partOfDay, left } = found;
    writeJson(io, { calendar: name, dryRun: options.dryRun === true, added, kept, partOfDay, leftOut: left });
    return;
  }
  const verb = options.dryRun === true ? 'would be added' : 'added';
  const lines = [
    ...added.map(({ date, name: holiday }) => `+ ${date}  ${holiday}`),
    ...kept.map(({ date, name: holiday, written }) => `  ${date}  kept as it is written: ${written} (${holiday})`),
    ...found.partOfDay.map((day) => `  ${day} is a part of the day only: write its hours yourself`),
    `${added.length} ${verb} to "${name}" in ${file.shownPath}, ${there.length} there already${leftOut(found.left, types)}.`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}

function parseYear(text: string): number {
  const year = /^\d{4}$/.test(text) ? Number(text) : 0;
  if (year >= 1970 && year <= 2100) return year;
  throw new AppError('bad_request', `"${text}" is no year`, { remedy: 'Write one from 1970 to 2100, such as 2027.' });
}

function parseTypes(text: string): HolidayType[] {
  return text.split(',').map((part) => {
    const type = HOLIDAY_TYPES.find((known) => known === part.trim());
    if (type !== undefined) return type;
    throw new AppError('bad_request', `"${part}" is no type of holidays`, { remedy: suggestion(part, HOLIDAY_TYPES) });
  });
}

function chooseCalendar(name: string | undefined, { files, shownPath }: CalendarsFile): string {
  if (name !== undefined) {
    getCalendar(name, files, shownPath);
    return name;
  }
  const [only, ...others] = files.keys();
  if (only !== undefined && others.length === 0) return only;
  const remedy =
    only === undefined ? 'Write a calendar first.' : `Say which: --calendar ${[...files.keys()].join(' | ')}.`;
  throw new AppError('bad_request', `${shownPath} has ${files.size} calendars`, { remedy });
}

/** The text of the file with these dates, in order; checked as it would be loaded. */
function withExceptions({ text, files, shownPath }: CalendarsFile, name: string, added: readonly Holiday[]): string {
  if (added.length === 0) return text;
  // What reading could not make out, writing would lose.
  if (text.includes('\uFFFD')) {
    throw new AppError('rules_invalid', `${shownPath} is not written in UTF-8`, {
      remedy: 'Save it as UTF-8 with your editor, and call this again.',
    });
  }
  let result = text;
  if (files.get(name)?.exceptions === undefined) {
    result = insertProperty(result, { path: [name], key: 'exceptions', value: '{}', before: () => false });
  }
  for (const { date, name: holiday } of added) {
    result = insertProperty(result, {
      path: [name, 'exceptions'],
      key: date,
      value: `{ "name": ${JSON.stringify(holiday)}, "hours": [] }`,
      before: (other) => other > date,
    });
  }
  const written = parseCalendars(result, shownPath).files.get(name)?.exceptions ?? {};
  for (const { date } of added) {
    if (!Object.hasOwn(written, date)) throw new AppError('internal', `${date} could not be written into ${shownPath}`);
  }
  return result;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AppError('not_found', `${path} cannot be written`, { remedy: 'May this user write to it?', cause });
  }
}

function describeWritten({ name, hours }: NonNullable<CalendarFile['exceptions']>[string]): string {
  const when = hours.length === 0 ? 'closed' : hours.join(', ');
  return name === undefined ? when : `${name}, ${when}`;
}

function leftOut(left: Partial<Record<HolidayType, number>>, types: readonly HolidayType[]): string {
  const counts = Object.entries(left).map(([type, count]) => `${count} ${type}`);
  if (counts.length === 0) return '';
  const example = Object.keys(left).includes('bank') ? `; --types ${[...types, 'bank'].join(',')} takes more` : '';
  return `; left out: ${counts.join(', ')}${example}`;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
