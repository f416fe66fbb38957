import type * as z from 'zod';
import type { Json } from '../../domain/json.ts';
import type { RuleFault } from '../../domain/rule.ts';
import { toRuleFault } from './fault.ts';
import { type JsonSource, parseJsonSource } from './json-source.ts';
import { schemaFindings } from './schema-findings.ts';

/** A file that its schema has accepted, with its source for the places of what later checks find. */
export interface LoadedFile<T> {
  source: JsonSource;
  file: T;
}

/** Parses a file and holds it against its schema; what is wrong goes to `faults`. */
export function loadFile<T extends Json | object>(
  name: string,
  text: string,
  schema: z.ZodType<T>,
  faults: RuleFault[],
): LoadedFile<T> | undefined {
  const parsed = parseJsonSource(name, text);
  if (!parsed.ok) {
    faults.push(...parsed.faults);
    return undefined;
  }
  const { source } = parsed;
  const result = schema.safeParse(source.value);
  if (result.success) return { source, file: result.data };
  const findings = schemaFindings(schema, source.value, result.error.issues);
  faults.push(...findings.map((finding) => toRuleFault(source, finding)));
  return undefined;
}
