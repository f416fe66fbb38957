import { AppError } from '../domain/errors.ts';
import type { Pause, PauseScope } from '../domain/mute.ts';
import { appendAudit } from '../store/audit.ts';
import { changePause, insertPause, lockPause } from '../store/mutes.ts';
import { toScope } from './mute-names.ts';
import { assertPauseSpan, getText, insertWithId } from './mute-terms.ts';
import type { MuteDeps } from './silences.ts';

/** The switch for people: what it is about is not carried out from now on. Rules go on deciding and holds counting. */
export interface PauseRequest {
  scope: PauseScope;
  /** What becomes of the actions: they wait for the end, or are given up. */
  actions: 'wait' | 'drop';
  owner: string;
  reason: string;
  /** Absent: until it is lifted. */
  endsAt?: number | undefined;
}

/** @throws AppError bad_request */
export async function createPause(deps: MuteDeps, orgId: string, request: PauseRequest, by: string): Promise<Pause> {
  const now = deps.clock.now();
  assertPauseSpan(now, request.endsAt);
  const pause: Omit<Pause, 'id'> = {
    orgId,
    scope: toScope(request.scope, deps.names()),
    actions: request.actions,
    owner: getText('owner', request.owner),
    reason: getText('reason', request.reason),
    startsAt: now,
    createdAt: now,
    createdBy: by,
  };
  if (request.endsAt !== undefined) pause.endsAt = request.endsAt;
  return deps.database.transaction(async (tx) => {
    const id = await insertWithId('pau', JSON.stringify(pause), (free) => insertPause(tx, { ...pause, id: free }));
    const { scope, actions, owner, reason } = pause;
    const end = request.endsAt === undefined ? {} : { endsAt: new Date(request.endsAt).toISOString() };
    const detail = { scope: { ...scope }, actions, owner, reason, ...end };
    await appendAudit(tx, { orgId, at: now, actor: by, verb: 'pause.create', target: id, detail });
    return { ...pause, id };
  });
}

/** Ends it now. Nothing changes when it is over already. @throws AppError not_found */
export async function liftPause(deps: MuteDeps, orgId: string, id: string, by: string): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const row = await lockPause(tx, orgId, id);
    if (row === undefined) {
      throw new AppError('not_found', `There is no pause ${id}.`, { remedy: 'List them with GET /api/v1/pauses.' });
    }
    const now = deps.clock.now();
    if (row.liftedAt !== null || (row.endsAt !== null && row.endsAt <= now)) return;
    await changePause(tx, orgId, id, { liftedAt: now, liftedBy: by });
    const detail = { heldBack: row.heldBack };
    await appendAudit(tx, { orgId, at: now, actor: by, verb: 'pause.lift', target: id, detail });
  });
  deps.onLifted?.();
}
