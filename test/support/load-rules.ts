import { type CompiledRuleset, compileRuleset } from '../../src/engine/compile.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';

/** Loads rule files as an admin writes them: file name → content. */
export function loadRules(files: Record<string, unknown>): CompiledRuleset {
  const texts = Object.entries(files).map(([name, content]): [string, string] => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  const loaded = loadRuleset(new Map(texts));
  if (!loaded.ok) throw new Error(loaded.faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  return compileRuleset(loaded.ruleset);
}
