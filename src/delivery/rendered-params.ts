import * as z from 'zod';
import type { JsonObject } from '../domain/json.ts';

/**
 * Rendered params are parsed once more: the rule's schema checked the templates, not what they rendered to. Numbers and
 * booleans are taken as texts; a text that rendered to nothing is absent.
 */
const scalar = z
  .union([z.string(), z.number(), z.boolean()], {
    error: ({ input }) => (input === undefined || input === null ? 'is missing' : 'is not a text'),
  })
  .transform(String);
const present = (text: string) => text.trim() !== '';

/** A text that must not be empty, kept as it is. */
export const requiredText = scalar.refine(present, { error: 'rendered to nothing' });

/** A text that may be empty. */
export const anyText = scalar.nullish().transform((text) => text ?? '');

/** A name or id that must not be empty, trimmed. */
export const requiredName = requiredText.transform((text) => text.trim());

/** A name or id, trimmed; undefined when it rendered to nothing. */
export const optionalName = scalar
  .nullish()
  .transform((text) => (text !== undefined && text !== null && present(text) ? text.trim() : undefined));

/** Parses the params of an action, or tells which of them is wrong (never with its value: it may be personal). */
export function readParams<S extends z.ZodType>(
  schema: S,
  params: JsonObject,
): { ok: true; params: z.output<S> } | { ok: false; reason: string } {
  const parsed = schema.safeParse(params);
  if (parsed.success) return { ok: true, params: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'the params' : issue.path.join('.');
  const what = issue?.message ?? 'cannot be used';
  return { ok: false, reason: `${where} ${what}: see the action in the rule` };
}
