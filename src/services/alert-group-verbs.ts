import type { AlertGroup, GroupView } from '../domain/alert-group.ts';
import type { Clock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import { acknowledgeMembers, hastenGroup, listOpenMembers, resolveMembers, viewGroup } from '../store/alert-groups.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import { lockSubjects } from '../store/subjects.ts';

/**
 * What people do to a group: all its members of this moment are acknowledged or resolved, which stops the ladders of their
 * episodes; who joins later is open. A few statements, however many members there are. Both are idempotent.
 */
export interface AlertGroupVerbDeps {
  database: Database;
  clock: Clock;
  /** Wakes whoever edits cards. */
  onChanged?: () => void;
}

/** @throws AppError not_found */
export function acknowledgeGroup(deps: AlertGroupVerbDeps, orgId: string, id: string, by: string): Promise<GroupView> {
  return changeMembers(deps, orgId, id, { verb: 'alert-group.acknowledge', by }, acknowledgeMembers);
}

/** @throws AppError not_found */
export function resolveGroup(deps: AlertGroupVerbDeps, orgId: string, id: string, by: string): Promise<GroupView> {
  return changeMembers(deps, orgId, id, { verb: 'alert-group.resolve', by }, resolveMembers);
}

type Change = (tx: Db, orgId: string, ids: readonly string[], change: { at: number; by: string }) => Promise<number>;

async function changeMembers(
  { database, clock, onChanged }: AlertGroupVerbDeps,
  orgId: string,
  id: string,
  { verb, by }: { verb: string; by: string },
  change: Change,
): Promise<GroupView> {
  const group = await database.transaction(async (tx) => {
    const members = await listOpenMembers(tx, orgId, id);
    // The lanes first: processing rewrites the episodes of a subject whose lane it holds.
    await lockSubjects(
      tx,
      members.map(({ subject }) => ({ orgId, subject })),
    );
    const at = clock.now();
    const ids = members.map((member) => member.id);
    const changed = ids.length === 0 ? 0 : await change(tx, orgId, ids, { at, by });
    if (changed > 0) {
      await hastenGroup(tx, orgId, id, at);
      await appendAudit(tx, { orgId, at, actor: by, verb, target: id });
    }
    return getGroup(tx, orgId, id);
  });
  onChanged?.();
  return group;
}

async function getGroup(tx: Db, orgId: string, id: AlertGroup['id']): Promise<GroupView> {
  const group = await viewGroup(tx, orgId, id, 1);
  if (group !== undefined) return group;
  throw new AppError('not_found', `there is no group of alerts ${id}`, {
    remedy: 'List them with GET /api/v1/alert-groups.',
  });
}
