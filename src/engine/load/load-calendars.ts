import type { Calendar } from '../../domain/calendar.ts';
import { type CalendarFile, calendarsFileSchema } from '../../domain/calendar-file.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RuleFault } from '../../domain/rule.ts';
import { createCalendar } from '../calendars/create-calendar.ts';
import { checkCalendars } from '../check/check-calendars.ts';
import { contentOf } from './build-rule.ts';
import { toRuleFault } from './fault.ts';
import { loadFile } from './load-file.ts';
import { CALENDARS_FILE } from './sort-files.ts';

/** calendars.json as it was written, by the names of its calendars. */
export interface LoadedCalendars {
  files: ReadonlyMap<string, CalendarFile>;
  content: JsonObject;
}

/**
 * Reads calendars.json and checks it; what is wrong goes to `faults`, and with an error among them no calendar of it may be
 * built. Without a text there are no calendars.
 * @returns undefined when it cannot even be told which calendars there are
 */
export function loadCalendars(text: string | undefined, faults: RuleFault[]): LoadedCalendars | undefined {
  if (text === undefined) return { files: new Map(), content: {} };
  const loaded = loadFile(CALENDARS_FILE, text, calendarsFileSchema, faults);
  if (loaded === undefined) return undefined;
  const { $schema: _, ...calendars } = loaded.file;
  const files = new Map(Object.entries(calendars));
  faults.push(...checkCalendars(files).map((finding) => toRuleFault(loaded.source, finding)));
  return { files, content: contentOf(loaded.source.value) };
}

/** From checked files to calendars that answer. */
export function buildCalendars({ files }: LoadedCalendars): Map<string, Calendar> {
  return new Map([...files].map(([name, file]) => [name, createCalendar(name, file)]));
}
