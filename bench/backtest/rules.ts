import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'jsonc-parser';
import { type CompiledRuleset, compileRuleset } from '../../src/engine/compile.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';

/** Every rule that the project shows: the shipped ones and the cookbook's, as one folder. */
export function shownRules(): CompiledRuleset {
  const shipped = shippedFiles();
  const cookbook = cookbookFiles();
  const files = new Map(shipped);
  for (const [name, text] of cookbook) {
    if (name.endsWith('.rule.json')) files.set(`cookbook-${name}`, text);
  }
  for (const name of ['conditions.json', 'calendars.json', 'directory.json']) {
    files.set(name, JSON.stringify(merge(parse(cookbook.get(name) ?? '{}'), parse(shipped.get(name) ?? '{}'))));
  }
  const loaded = loadRuleset(files);
  if (loaded.ok) return compileRuleset(loaded.ruleset);
  throw new Error(loaded.faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
}

function shippedFiles(): Map<string, string> {
  const folder = new URL('../../rules/', import.meta.url);
  const names = readdirSync(folder).filter((name) => !name.endsWith('.schema.json') && !name.endsWith('.test.json'));
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
}

function cookbookFiles(): Map<string, string> {
  const page = readFileSync(new URL('../../docs/cookbook.md', import.meta.url), 'utf8');
  const blocks = page.matchAll(/<!-- file: (\S+) -->\n```json\n([\s\S]*?)\n```/g);
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
}

/** What the second says of a name goes before the first. */
function merge(first: unknown, second: unknown): unknown {
  if (!isRecord(first) || !isRecord(second)) return second;
  const merged: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) merged[name] = name in first ? merge(first[name], value) : value;
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
