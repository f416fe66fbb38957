import { loadSweepSubjects, loadUnswept, lockUnswept, saveSweep } from '../store/rulesets.ts';
import { lockSubjects } from '../store/subjects.ts';
import { judgeSubjects } from './judge-subjects.ts';
import { directoryOf, type ProcessDeps, saveOptions } from './process.ts';
import { saveJudged } from './save-judged.ts';

/**
 * After a change of rules, every open chat is looked at once, in batches, so that new rules hold chats that are already
 * silent and rules that are gone let go of theirs. How far it came is saved with each batch: a crash loses
 * nothing, and another process goes on.
 */
const BATCH = 100;
const PER_SUBJECT = 500;

/**
 * Sweeps one batch. A process whose rules are not those that came into force last leaves the sweep to one that has them.
 * @returns whether there is more to do
 */
export async function sweepBatch(deps: ProcessDeps, orgId: string): Promise<boolean> {
  const ruleset = deps.ruleset();
  const unswept = await loadUnswept(deps.database.db, orgId);
  const [next] = unswept;
  if (next === undefined || unswept.at(-1)?.hash !== ruleset.hash) return false;
  const swept = await deps.database.transaction(async (tx) => {
    const activation = await lockUnswept(tx, orgId, next.seq);
    if (activation === undefined) return undefined;
    const now = deps.clock.now();
    const { changedRules: rules, sweptTo } = activation;
    const subjects = await loadSweepSubjects(tx, orgId, { rules, after: sweptTo ?? '', limit: BATCH });
    const last = subjects.at(-1);
    if (last === undefined) {
      await saveSweep(tx, orgId, activation.seq, { sweptAt: now });
      return { batch: { judged: [], failed: [], pauses: [] }, jobs: 0, noted: undefined };
    }
    const keys = subjects.map((subject) => ({ orgId, subject }));
    await lockSubjects(tx, keys);
    const batch = await judgeSubjects(tx, keys, {
      now,
      ruleset,
      channels: deps.channels(),
      accepted: deps.vocabulary?.accepted,
      online: deps.online,
      perSubject: PER_SUBJECT,
      sweep: { changedRules: new Set(rules), loadedAt: activation.activatedAt },
      ...(deps.maxReassignments === undefined ? {} : { maxReassignments: deps.maxReassignments }),
      // Always: the rules that changed chats may be those that are gone now, and what they did may wait to be judged.
      recogniseBy: directoryOf(deps),
    });
    const jobs = await saveJudged(tx, batch.judged, saveOptions(deps, ruleset, batch.pauses, now));
    const noted = await deps.vocabulary?.note(tx, batch.judged);
    await saveSweep(tx, orgId, activation.seq, { sweptTo: last });
    return { batch, jobs: jobs + (noted?.jobs ?? 0), noted };
  });
  if (swept === undefined) return false;
  swept.noted?.keep();
  deps.onJudged?.(swept.batch, swept.jobs);
  return true;
}
