import type { FilterImplOptions } from 'liquidjs';
import { findName } from '../../domain/directory.ts';
import { formatDuration } from '../../domain/duration.ts';
import { isAbsent } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { toInstant } from '../operators/operators.ts';
import { TemplateFault } from './template-fault.ts';

/** Under this key of Liquid's globals the filters find the directory; templates cannot name a symbol. */
export const DIRECTORY = Symbol('directory');

/** The filters of our own. Of an absent value each makes an empty text, so that `default` can follow. */
export const OWN_FILTERS: Record<string, FilterImplOptions> = {
  /** Milliseconds → `1h 30m`. */
  duration(ms: unknown) {
    return typeof ms === 'number' && Number.isFinite(ms) ? formatDuration(ms) : '';
  },
  /** A time → text in a zone (default UTC) and locale (default en-GB); the zone is always shown. */
  time(value: unknown, zone: unknown = 'UTC', locale: unknown = 'en-GB') {
    const format = formatOf(String(zone), String(locale));
    const at = toInstant(value);
    return at === undefined ? '' : format.format(at);
  },
  /** An id → its name in directory.json, or the id where that does not know it. */
  name(id: unknown) {
    if (isAbsent(id)) return '';
    const directory: Directory | undefined = Reflect.get(this.context.globals, DIRECTORY);
    return (directory && findName(directory, String(id))) ?? String(id);
  },
};

/** Liquid's filters that are kept. Left out: HTML ones, those that read the clock or chance, those that take code as text. */
export const KEPT_FILTERS: readonly string[] = [
  ...['abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus', 'round', 'times'],
  ...['append', 'capitalize', 'downcase', 'lstrip', 'number_of_words', 'prepend', 'remove', 'remove_first'],
  ...['remove_last', 'replace', 'replace_first', 'replace_last', 'rstrip', 'slice', 'slugify', 'split', 'squish'],
  ...['strip', 'strip_newlines', 'truncate', 'truncatewords', 'upcase'],
  ...['array_to_sentence_string', 'compact', 'concat', 'first', 'join', 'last', 'map', 'reject', 'reverse', 'size'],
  ...['sort', 'sort_natural', 'sum', 'uniq', 'where'],
  ...['default', 'json', 'to_integer'],
];

/** Making a format costs some 30 µs; rules use a handful. The cap only guards against zones made from data. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 200;

function formatOf(zone: string, locale: string): Intl.DateTimeFormat {
  const key = `${zone} ${locale}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = createFormat(zone, locale);
  if (formats.size < MAX_FORMATS) formats.set(key, format);
  return format;
}

function createFormat(zone: string, locale: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      year: 'numeric',
      month: 'short',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    });
  } catch {
    throw new TemplateFault(
      `time: "${zone}" is no time zone, or "${locale}" no locale (as in "America/Sao_Paulo", "pt-BR")`,
    );
  }
}
