import { Liquid, type Template } from 'liquidjs';
import { isAbsent, isJsonObject } from '../../domain/json.ts';
import { MAX_TEMPLATE_LENGTH } from '../../domain/rule-file.ts';
import { KEPT_FILTERS, OWN_FILTERS } from './filters.ts';

/**
 * Liquid, closed in: no files, no includes, own properties only, few tags and filters, bounded memory. One
 * instance per place of use, because escaping belongs to the place: whatever a template puts into a Slack text is
 * escaped for Slack, whatever it puts into a URL is encoded, and the author's own text around it is left alone.
 */
export type Escaping = 'slack' | 'url' | 'plain' | 'typed';

/** Without `capture`: it would escape twice. Without `increment` and `decrement`: they write to the facts. */
export const KEPT_TAGS = ['assign', 'if', 'unless', 'case', 'for', 'break', 'continue', 'comment', 'raw', '#'];

/** UTF-16 units and items that one rendering makes. */
const MEMORY_LIMIT = 1_000_000;

const SLACK_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const ESCAPES: Record<Exclude<Escaping, 'typed'>, (value: unknown) => string> = {
  slack: (value) => toText(value).replaceAll(/[&<>]/g, (character) => SLACK_ENTITIES[character] ?? character),
  url: (value) => encodeURIComponent(toText(value).toWellFormed()),
  plain: toText,
};

/** How a value stands in a text: nothing for an absent one, lists with commas, objects as JSON. */
export function toText(value: unknown): string {
  if (isAbsent(value)) return '';
  if (Array.isArray(value)) return value.map(toText).join(', ');
  return isJsonObject(value) ? JSON.stringify(value) : String(value);
}

function createLiquid(escaping: Escaping): Liquid {
  const liquid = new Liquid({
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    dynamicPartials: false,
    parseLimit: MAX_TEMPLATE_LENGTH,
    memoryLimit: MEMORY_LIMIT,
    timezoneOffset: 0,
    locale: 'en',
    ...(escaping === 'typed' ? { keepOutputType: true } : { outputEscape: ESCAPES[escaping] }),
  });
  for (const name of Object.keys(liquid.filters)) if (!KEPT_FILTERS.includes(name)) liquid.unregisterFilter(name);
  for (const [name, filter] of Object.entries(OWN_FILTERS)) liquid.registerFilter(name, filter);
  for (const name of Object.keys(liquid.tags)) if (!KEPT_TAGS.includes(name)) delete liquid.tags[name];
  return liquid;
}

const instances: Record<Escaping, Liquid> = {
  slack: createLiquid('slack'),
  url: createLiquid('url'),
  plain: createLiquid('plain'),
  typed: createLiquid('typed'),
};

/** The instance for a place. */
export function liquidFor(escaping: Escaping): Liquid {
  return instances[escaping];
}

/** Parsing costs ten times a rendering. Templates come from rule files; the oldest go first when there are very many. */
const MAX_PARSED = 10_000;
const parsed: Record<Escaping, Map<string, Template[]>> = {
  slack: new Map(),
  url: new Map(),
  plain: new Map(),
  typed: new Map(),
};

/** The parsed template, from the cache where it is there. Throws a LiquidError on a template that is none. */
export function parseTemplate(text: string, escaping: Escaping): Template[] {
  const cache = parsed[escaping];
  const known = cache.get(text);
  if (known !== undefined) return known;
  const template = liquidFor(escaping).parse(text);
  const [oldest] = cache.size >= MAX_PARSED ? cache.keys() : [];
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(text, template);
  return template;
}

/** Whether a text has anything for Liquid to do. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}
