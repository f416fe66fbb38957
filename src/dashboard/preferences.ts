import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { parseAccept } from 'hono/utils/accept';
import { findWords, LANGUAGES, type Words } from './i18n/words.ts';
import { type View, viewOf } from './view.ts';

/**
 * How a viewer wants the pages: language by `?lang=` (kept in a cookie), by that cookie, or by what the browser asks
 * for; zone and theme by the cookies that the pages' script keeps. Without a known zone times are in UTC, and say so.
 */
export const COOKIES = { language: 'vigia_lang', zone: 'vigia_zone', theme: 'vigia_theme' } as const;

const YEAR_SECONDS = 31_536_000;

export function chooseView(c: Context): View {
  return viewOf(chooseLanguage(c), getCookie(c, COOKIES.zone) ?? 'UTC');
}

function chooseLanguage(c: Context): Words {
  const asked = findWords(c.req.query('lang') ?? '');
  if (asked !== undefined) {
    setCookie(c, COOKIES.language, asked.lang, { path: '/', sameSite: 'Lax', maxAge: YEAR_SECONDS });
    return asked;
  }
  return findWords(getCookie(c, COOKIES.language) ?? '') ?? accepted(c.req.header('accept-language')) ?? fallback();
}

function accepted(header: string | undefined): Words | undefined {
  if (header === undefined) return undefined;
  return parseAccept(header)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ type }) => findWords(type))
    .find((words) => words !== undefined);
}

function fallback(): Words {
  const [first] = LANGUAGES;
  if (first === undefined) throw new Error('there is no language');
  return first;
}

/** What was chosen against the system's own; undefined leaves it to the system. */
export function chosenTheme(c: Context): 'light' | 'dark' | undefined {
  const theme = getCookie(c, COOKIES.theme);
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}
