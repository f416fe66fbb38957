import { type CompiledRuleset, compileRuleset } from '../../engine/compile.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { loadRuleset } from '../../engine/load/load-ruleset.ts';
import type { Db } from '../../store/database.ts';
import { loadKnownObjects } from '../../store/known-objects.ts';
import {
  loadAcceptances,
  loadAllSilences,
  loadFiringsAt,
  loadInhibitorsAt,
  loadTickDecisions,
  silencesAt,
} from '../../store/read/past-judging.ts';
import { findRulesetFiles } from '../../store/rulesets.ts';
import type { ReplayWorld } from './replay-session.ts';

export interface StoredWorldDeps {
  db: Db;
  /** The ruleset in force, which need not be compiled again. */
  ruleset?: (() => CompiledRuleset) | undefined;
  /** What is known of channels beside the directory; default: as it is stored. */
  channels?: (() => ReadonlyMap<string, KnownChannel>) | undefined;
  maxReassignments?: number | undefined;
}

/** What judging a chat again asks of the rest of the store. */
export async function loadStoredWorld(deps: StoredWorldDeps, orgId: string): Promise<ReplayWorld> {
  const { db, maxReassignments } = deps;
  const [silences, acceptances, channels] = await Promise.all([
    loadAllSilences(db, orgId),
    loadAcceptances(db, orgId),
    deps.channels?.() ?? loadStoredChannels(db, orgId),
  ]);
  const rulesets = new Map<string, Promise<CompiledRuleset | undefined>>();
  return {
    orgId,
    channels,
    silencesAt: (at) => silencesAt(silences, at),
    maxReassignments,
    rulesetOf(hash) {
      const current = deps.ruleset?.();
      if (current?.hash === hash) return Promise.resolve(current);
      const known = rulesets.get(hash) ?? loadStoredRuleset(db, orgId, hash);
      rulesets.set(hash, known);
      return known;
    },
    acceptedAt(at) {
      const byField = Map.groupBy(
        acceptances.filter((one) => one.at <= at),
        ({ field }) => field,
      );
      return new Map([...byField].map(([field, entries]) => [field, new Set(entries.map(({ value }) => value))]));
    },
    async limitAt({ ruleId, scope }, ruleset, before) {
      const limit = ruleset.active.get(ruleId)?.limit;
      if (limit === undefined) return [];
      const isShadow = scope.startsWith('shadow:');
      return loadFiringsAt(
        db,
        { orgId, ...before },
        {
          ruleId,
          mode: isShadow ? 'shadow' : 'live',
          per: limit.per,
          scope: isShadow ? scope.slice('shadow:'.length) : scope,
          since: before.momentAt - limit.withinMs,
          most: limit.count,
        },
      );
    },
    ticksUntil: (ruleId, subject, at) => loadTickDecisions(db, orgId, { ruleId, subject, at, most: MOST_TICKS }),
    inhibitorAt: (key, before) => loadInhibitorsAt(db, { orgId, ...before }, key),
  };
}

/** Of a rule that ticks, so many decisions before the one that is explained are told. */
const MOST_TICKS = 4;

async function loadStoredRuleset(db: Db, orgId: string, hash: string): Promise<CompiledRuleset | undefined> {
  const files = await findRulesetFiles(db, orgId, hash);
  const loaded = files === undefined ? undefined : loadRuleset(new Map(Object.entries(files)));
  return loaded?.ok === true ? compileRuleset(loaded.ruleset) : undefined;
}

async function loadStoredChannels(db: Db, orgId: string): Promise<ReadonlyMap<string, KnownChannel>> {
  const known = await loadKnownObjects(db, orgId);
  return new Map(
    known.flatMap(({ kind, id, data }): [string, KnownChannel][] => {
      if (kind !== 'channel') return [];
      const { name, departmentId, integration } = data;
      return [
        [
          id,
          {
            ...(typeof name === 'string' ? { name } : {}),
            ...(typeof departmentId === 'string' ? { departmentId } : {}),
            ...(typeof integration === 'string' ? { integration } : {}),
          },
        ],
      ];
    }),
  );
}
