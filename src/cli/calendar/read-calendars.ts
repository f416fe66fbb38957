import { join, relative, resolve } from 'node:path';
import type { Calendar } from '../../domain/calendar.ts';
import type { CalendarFile } from '../../domain/calendar-file.ts';
import { suggestion } from '../../domain/did-you-mean.ts';
import { AppError } from '../../domain/errors.ts';
import type { RuleFault } from '../../domain/rule.ts';
import { buildCalendars, loadCalendars } from '../../engine/load/load-calendars.ts';
import { CALENDARS_FILE } from '../../engine/load/sort-files.ts';
import { readRulesDir } from '../../runtime/rules-dir.ts';
import type { CliIo } from '../io.ts';

/** calendars.json of a rules folder. The rules beside it need not be in order. */
export interface CalendarsFile {
  /** Absolute. */
  path: string;
  /** As it is called from where the command was. */
  shownPath: string;
  text: string;
  files: ReadonlyMap<string, CalendarFile>;
  calendars: ReadonlyMap<string, Calendar>;
}

/**
 * @param dir folder of the rules (default: RULES_DIR, or ./rules)
 * @throws AppError not_found without the file, rules_invalid (its cause: the faults) when it has errors
 */
export async function readCalendars(dir: string | undefined, io: CliIo): Promise<CalendarsFile> {
  const folder = resolve(io.cwd, dir ?? io.env['RULES_DIR'] ?? 'rules');
  const path = join(folder, CALENDARS_FILE);
  const shownPath = relative(io.cwd, path);
  const text = (await readRulesDir(folder)).get(CALENDARS_FILE);
  if (text === undefined) {
    throw new AppError('not_found', `there is no ${shownPath}`, {
      remedy: 'Write it: { "support-hours": { "zone": "America/Sao_Paulo", "hours": { "mon-fri": ["09:00-18:00"] } } }',
    });
  }
  return { path, shownPath, text, ...parseCalendars(text, shownPath) };
}

/** @throws AppError rules_invalid, with the faults in its cause */
export function parseCalendars(text: string, shownPath: string): Pick<CalendarsFile, 'files' | 'calendars'> {
  const faults: RuleFault[] = [];
  const loaded = loadCalendars(text, faults);
  const errors = faults.filter(({ severity }) => severity === 'error');
  if (loaded === undefined || errors.length > 0) {
    const count = errors.length === 1 ? 'a fault' : `${errors.length} faults`;
    throw new AppError('rules_invalid', `${shownPath} has ${count}`, { remedy: 'See above.', cause: errors });
  }
  return { files: loaded.files, calendars: buildCalendars(loaded) };
}

/** @throws AppError not_found, with the name that may have been meant */
export function getCalendar<T>(name: string, calendars: ReadonlyMap<string, T>, shownPath: string): T {
  const calendar = calendars.get(name);
  if (calendar !== undefined) return calendar;
  throw new AppError('not_found', `${shownPath} has no calendar "${name}"`, {
    remedy: suggestion(name, calendars.keys()) || 'It has none at all.',
  });
}
