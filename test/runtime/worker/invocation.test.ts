import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { createMetrics } from '../../../src/domain/metrics.ts';
import { compileRuleset } from '../../../src/engine/compile.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import { createReceiverMemory } from '../../../src/http/receiver-memory.ts';
import { createVerifierMemory } from '../../../src/ingress/zoho-desk/verify-token.ts';
import { createGate } from '../../../src/runtime/worker/gate.ts';
import { openInvocation } from '../../../src/runtime/worker/invocation.ts';
import type { Isolate } from '../../../src/runtime/worker/isolate.ts';
import { openHyperdrive } from '../../../src/runtime/worker/open-hyperdrive.ts';
import { createVocabularyMemory } from '../../../src/services/vocabulary-memory.ts';
import { createPostgresDatabase, postgresOnly } from '../../support/databases.ts';

function createIsolate(): Isolate {
  const parsed = parseConfig({});
  const loaded = loadRuleset(new Map());
  if (!parsed.ok || !loaded.ok) throw new Error('neither has faults');
  return {
    config: parsed.config,
    ruleset: compileRuleset(loaded.ruleset),
    versionAt: 0,
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

describe.each(postgresOnly)('an invocation on $kind', () => {
  it('that cannot begin leaves no connection behind, however often it is tried', async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const bindings = { HYPERDRIVE: { connectionString: url }, ALARM_CLOCK: { getByName: () => neverRings } };
    for (let times = 0; times < 3; times += 1) {
      await expect(openInvocation(bindings, createIsolate(), neverRings.ringAt)).rejects.toThrow('lacks');
    }
    const onlooker = openHyperdrive(url);
    onTestFinished(() => onlooker.close());
    const others = 'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    await expect.poll(async () => (await onlooker.query(others)).rows, { timeout: 10_000 }).toEqual([]);
  });
});

const neverRings = { ringAt: () => Promise.reject(new Error('nothing is due')) };
