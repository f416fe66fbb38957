import * as z from 'zod';
import { WEEKDAYS } from '../../domain/calendar-file.ts';
import { AppError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import { parseDays } from '../../engine/calendars/parse-hours.ts';
import type { ApiClient } from '../call-api.ts';

/** What the commands of silences and pauses have in common. */
export const URL_OPTION = [
  '--url <address>',
  'the server (default: the one of this environment, http://127.0.0.1:8787)',
] as const;

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const RECURRENCE = new RegExp(
  `^(${DAY}(?:-${DAY})?(?:,${DAY}(?:-${DAY})?)*)\\s+(\\d\\d:\\d\\d)-(\\d\\d:\\d\\d)\\s+(\\S+)$`,
);

/** `mon-fri 22:00-06:00 America/Sao_Paulo`. @throws AppError bad_request */
export function parseRecurrence(text: string): JsonObject {
  const match = RECURRENCE.exec(text.trim());
  if (match === null) {
    throw new AppError('bad_request', `--recur "${text}" cannot be read`, {
      remedy: 'Write days, hours and a time zone: "mon-fri 22:00-06:00 America/Sao_Paulo".',
    });
  }
  const [, days = '', from = '', to = '', zone = ''] = match;
  const names = [...new Set(parseDays(days))].map((day) => WEEKDAYS[day] ?? '');
  return { zone, days: names, from, to };
}

/** Without what was not given. */
export function given(fields: Record<string, string | boolean | JsonObject | undefined>): JsonObject {
  const body: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body[name] = value;
  return body;
}

const pageSchema = z.object({ data: z.array(z.json()), nextCursor: z.string().nullable() });
const PAGE = 200;

/** All items of a list, page by page. */
export async function listAll(api: ApiClient, path: string, state: 'open' | 'all'): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), state, ...(cursor === null ? {} : { cursor }) });
    const page: z.infer<typeof pageSchema> = pageSchema.parse(await api.get(`${path}?${query}`));
    items.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

export function idPath(id: string): string {
  return encodeURIComponent(id);
}
