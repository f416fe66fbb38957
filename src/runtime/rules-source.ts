import { type FSWatcher, watch } from 'node:fs';
import { getLogger } from '@logtape/logtape';
import { AppError, errorText } from '../domain/errors.ts';
import type { RuleFault } from '../domain/rule.ts';
import { type CompiledRuleset, compileRuleset } from '../engine/compile.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import { readRulesDir } from './rules-dir.ts';

/**
 * The rules of a running server: read at the start (a faulty folder refuses the start), read again when a file changes.
 * A faulty change is told and not taken: the last good ruleset stays in force.
 */
export interface RulesSource {
  current(): CompiledRuleset;
  /** When the current ruleset was taken, epoch ms. */
  loadedAt(): number;
  /** Errors of the files as they are now; empty when they are in force. */
  faults(): readonly RuleFault[];
  /** Watches the folder. `onChange` gets each new ruleset that was taken; `onFaults` a change that was not. */
  watch(onChange: (ruleset: CompiledRuleset) => Promise<void>, onFaults: () => void): void;
  close(): void;
}

/** Editors write a file in several steps: what changes within this is read once. */
const SETTLE_MS = 150;
/** Watching misses changes on some file systems (network, containers): the folder is read this often all the same. */
const POLL_MS = 5_000;

const log = getLogger(['vigia', 'rules']);

/** @throws AppError rules_invalid, with the faults in its cause */
export async function openRules(dir: string, now: () => number): Promise<RulesSource> {
  let text = await readRulesDir(dir);
  const first = loadRuleset(text);
  if (!first.ok) {
    throw new AppError('rules_invalid', `the rules in ${dir} have ${first.faults.length} faults`, {
      remedy: `Run "vigia check ${dir}" to see each with its place and remedy.`,
      cause: first.faults,
    });
  }
  for (const warning of first.warnings) log.warn('{file}:{line}: {message}', { ...warning });
  let current = compileRuleset(first.ruleset);
  let loadedAt = now();
  let faults: readonly RuleFault[] = [];
  let watcher: FSWatcher | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;

  async function reload(onChange: (ruleset: CompiledRuleset) => Promise<void>, onFaults: () => void): Promise<void> {
    const next = await readRulesDir(dir);
    if (sameFiles(text, next)) return;
    text = next;
    const loaded = loadRuleset(next);
    if (!loaded.ok) {
      faults = loaded.faults.filter(({ severity }) => severity === 'error');
      for (const { file, line, column, message, remedy } of faults) {
        log.error('{file}:{line}:{column}: {message}. {remedy}', { file, line, column, message, remedy });
      }
      log.error('the changed rules are not taken; ruleset {hash} stays in force', { hash: current.hash.slice(0, 12) });
      onFaults();
      return;
    }
    faults = [];
    if (loaded.ruleset.hash === current.hash) {
      onFaults();
      return;
    }
    current = compileRuleset(loaded.ruleset);
    loadedAt = now();
    log.info('ruleset {hash} with {count} rules is in force', {
      hash: current.hash.slice(0, 12),
      count: current.rules.length,
    });
    await onChange(current);
  }

  return {
    current: () => current,
    loadedAt: () => loadedAt,
    faults: () => faults,
    watch(onChange, onFaults) {
      const attempt = () => {
        reload(onChange, onFaults).catch((error: unknown) => {
          log.error('the rules could not be read again: {error}', { error: errorText(error) });
        });
      };
      poll = setInterval(attempt, POLL_MS);
      poll.unref();
      try {
        watcher = watch(dir, () => {
          clearTimeout(settle);
          settle = setTimeout(attempt, SETTLE_MS);
        });
        watcher.on('error', () => watcher?.close());
      } catch (error) {
        log.warn('{dir} cannot be watched, it is read every 5 s: {error}', { dir, error: errorText(error) });
      }
    },
    close() {
      clearInterval(poll);
      clearTimeout(settle);
      watcher?.close();
    },
  };
}

function sameFiles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, content]) => b.get(name) === content);
}
