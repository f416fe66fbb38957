import { RULES } from 'vigia:bundle';
import { getLogger } from '@logtape/logtape';
import type { PgBoss } from 'pg-boss';
import { type Config, parseConfig } from '../../config.ts';
import { AppError } from '../../domain/errors.ts';
import { createMetrics, type Metrics } from '../../domain/metrics.ts';
import { type CompiledRuleset, compileRuleset } from '../../engine/compile.ts';
import { loadRuleset } from '../../engine/load/load-ruleset.ts';
import { createReceiverMemory, type ReceiverMemory } from '../../http/receiver-memory.ts';
import { createVerifierMemory, type VerifierMemory } from '../../ingress/zoho-desk/verify-token.ts';
import { createVocabularyMemory, type VocabularyMemory } from '../../services/vocabulary-memory.ts';
import type { Bindings } from './bindings.ts';
import { configureConsoleLog } from './console-log.ts';
import { createGate, type Gate } from './gate.ts';

/** What is kept from invocation to invocation: data only. Whatever does I/O belongs to the invocation that made it. */
export interface Isolate {
  config: Config;
  ruleset: CompiledRuleset;
  /** When this version was uploaded, epoch ms; in a local run, when it started. */
  versionAt: number;
  /** Counters of this isolate alone. */
  metrics: Metrics;
  verifierMemory: VerifierMemory;
  receiverMemory: ReceiverMemory;
  /** Ids that Zoho was asked about. */
  askedAt: Map<string, number>;
  vocabularyMemory: VocabularyMemory;
  /** Knows the queue; present once the database was found to be up to date. */
  boss: PgBoss | undefined;
  judging: Gate;
  delivering: Gate;
  /** When the alarm clock is known to ring, epoch ms. */
  alarmAt: number;
}

const log = getLogger(['vigia', 'worker']);

let made: { isolate: Isolate } | { error: unknown } | undefined;

/** @throws AppError not_configured; the log has named each fault with its remedy */
export function getIsolate(bindings: Bindings): Isolate {
  made ??= tryToMake(bindings);
  if ('error' in made) throw made.error;
  return made.isolate;
}

/** Variables do not change in the life of an isolate, so neither do their faults: they are told once. */
function tryToMake(bindings: Bindings): NonNullable<typeof made> {
  try {
    return { isolate: createIsolate(bindings) };
  } catch (error) {
    return { error };
  }
}

function createIsolate(bindings: Bindings): Isolate {
  configureConsoleLog('info');
  const config = readConfig(bindings);
  configureConsoleLog(config.logLevel);
  const loaded = loadRuleset(new Map(RULES));
  if (!loaded.ok) throw new AppError('not_configured', 'The bundled rules have faults.', { remedy: 'Deploy again.' });
  const versionAt = Date.parse(bindings.VERSION?.timestamp ?? '');
  return {
    config,
    ruleset: compileRuleset(loaded.ruleset),
    versionAt: Number.isNaN(versionAt) ? Date.now() : versionAt,
    metrics: createMetrics(),
    verifierMemory: createVerifierMemory(),
    receiverMemory: createReceiverMemory(),
    askedAt: new Map(),
    vocabularyMemory: createVocabularyMemory(),
    boss: undefined,
    judging: createGate(),
    delivering: createGate(),
    alarmAt: Number.NEGATIVE_INFINITY,
  };
}

/** A Worker has no folder and no port; it can be reached from everywhere, which decides what needs a token. */
function readConfig(bindings: Bindings): Config {
  const variables = Object.fromEntries(
    Object.entries(bindings).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const DATABASE_URL = bindings.HYPERDRIVE?.connectionString;
  const parsed = parseConfig({ ...variables, HOST: '0.0.0.0', PORT: undefined, DATA_DIR: undefined, DATABASE_URL });
  for (const { message, remedy } of parsed.warnings) log.warn('{message} {remedy}', { message, remedy });
  const faults = parsed.ok ? [] : parsed.faults;
  if (DATABASE_URL === undefined) {
    const remedy = 'Bind one in wrangler.toml; docs/deploy-workers.md tells how.';
    faults.push({ variable: 'HYPERDRIVE', message: 'There is no Hyperdrive bound as HYPERDRIVE.', remedy });
  }
  for (const { message, remedy } of faults) log.error('{message} {remedy}', { message, remedy });
  if (parsed.ok && faults.length === 0) return parsed.config;
  const names = [...new Set(faults.map(({ variable }) => variable))].join(', ');
  throw new AppError('not_configured', `The Worker's configuration has faults: ${names}.`, {
    remedy: 'The log tells each with its remedy.',
  });
}
