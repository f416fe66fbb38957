import { en, type Words } from './en.ts';
import { ptBr } from './pt-br.ts';

export type { Words };

export const LANGUAGES: readonly Words[] = [en, ptBr];

/** The words of a language tag such as `pt`, `pt-PT` or `EN`; undefined for a language that the pages do not speak. */
export function findWords(tag: string): Words | undefined {
  const language = tag.trim().toLowerCase().split('-')[0];
  return LANGUAGES.find(({ lang }) => lang.toLowerCase().split('-')[0] === language);
}

/** A text with its places filled: `{}` by a value, `{name}` by the value of that name. */
export function fill(text: string, values: string | Record<string, string>): string {
  if (typeof values === 'string') return text.replace('{}', () => values);
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
