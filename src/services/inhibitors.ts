import { type InhibitorKey, inhibitorName } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { loadInhibitors } from '../store/inhibitors.ts';
import type { JudgedSubject } from './judge-subjects.ts';

/**
 * What the rules of a batch have to know of those that hold them back: the episodes that are stored, and those that this
 * transaction has fired and not saved yet. By portal, then by `inhibitorName`.
 */
export class Inhibitors {
  private readonly byOrg = new Map<string, Map<string, string[]>>();

  of(orgId: string): Map<string, string[]> {
    const known = this.byOrg.get(orgId) ?? new Map<string, string[]>();
    this.byOrg.set(orgId, known);
    return known;
  }

  async load(
    tx: Db,
    asked: readonly { orgId: string; inhibitors: readonly InhibitorKey[] }[],
    judged: readonly JudgedSubject[],
  ): Promise<void> {
    const missing = asked.flatMap(({ orgId, inhibitors }) =>
      inhibitors.filter((key) => !this.of(orgId).has(inhibitorName(key))).map((key) => ({ orgId, ...key })),
    );
    if (missing.length === 0) return;
    for (const { orgId, ...key } of missing) this.of(orgId).set(inhibitorName(key), []);
    for (const { orgId, subjects, ...key } of await loadInhibitors(tx, missing)) {
      this.of(orgId).set(inhibitorName(key), subjects);
    }
    for (const subject of judged) this.add(subject);
  }

  /** Takes note of what a subject of the same transaction has fired; what nobody has asked for is left out. */
  add({ key: { orgId, subject }, effects }: JudgedSubject): void {
    for (const { ruleId, channelId, state, endedAt, mode } of effects.episodes) {
      if (channelId === undefined || state !== 'fired' || endedAt !== undefined || mode !== 'live') continue;
      this.of(orgId).get(inhibitorName({ ruleId, channelId }))?.push(subject);
    }
  }
}
