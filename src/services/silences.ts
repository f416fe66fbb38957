import type { Clock } from '../domain/clock.ts';
import { formatDuration } from '../domain/duration.ts';
import { AppError } from '../domain/errors.ts';
import type { Recurrence, Silence } from '../domain/mute.ts';
import { silencedUntil } from '../engine/silences.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import { moveHeldUntil } from '../store/held-actions.ts';
import {
  changeSilence,
  countSilences,
  insertSilence,
  lockSilence,
  type SilenceRow,
  toSilence,
} from '../store/mutes.ts';
import { type MatcherRequest, type NamesKnown, toMatcher } from './mute-names.ts';
import { assertRecurrence, assertSilenceSpan, getText, insertWithId } from './mute-terms.ts';

/** What people do about silences: make, extend, lift. Each is audited; what was lifted stays lifted. */
export interface MuteDeps {
  database: Database;
  clock: Clock;
  names: () => NamesKnown;
  /** One was made, extended or lifted. */
  onChanged?: () => void;
  /** Something that was held back may be let go. */
  onLifted?: () => void;
}

export interface SilenceRequest {
  matcher: MatcherRequest;
  owner: string;
  reason: string;
  /** Default: now. */
  startsAt?: number | undefined;
  endsAt: number;
  recurrence?: Recurrence | undefined;
}

/** As it would be stored. @throws AppError bad_request, naming what cannot be */
export function toNewSilence(deps: MuteDeps, orgId: string, request: SilenceRequest, by: string): Omit<Silence, 'id'> {
  const now = deps.clock.now();
  const { startsAt = now, endsAt, recurrence } = request;
  assertSilenceSpan(startsAt, endsAt, recurrence !== undefined);
  if (endsAt <= now) {
    throw new AppError('bad_request', 'The silence would be over already.', { remedy: 'Give an end that is ahead.' });
  }
  if (recurrence !== undefined) assertRecurrence(recurrence);
  const silence: Omit<Silence, 'id'> = {
    orgId,
    matcher: toMatcher(request.matcher, deps.names()),
    owner: getText('owner', request.owner),
    reason: getText('reason', request.reason),
    startsAt,
    endsAt,
    createdAt: now,
    createdBy: by,
  };
  if (recurrence !== undefined) silence.recurrence = { ...recurrence, days: [...new Set(recurrence.days)] };
  return silence;
}

/** @throws AppError bad_request */
export async function createSilence(
  deps: MuteDeps,
  orgId: string,
  request: SilenceRequest,
  by: string,
): Promise<Silence> {
  const silence = toNewSilence(deps, orgId, request, by);
  return deps.database.transaction(async (tx) => {
    await assertRoom(tx, orgId, silence.createdAt);
    const id = await insertWithId('sil', JSON.stringify(silence), (free) =>
      insertSilence(tx, { ...silence, id: free }),
    );
    const { matcher, startsAt, endsAt, reason, owner } = silence;
    await audit(tx, silence, id, by, 'silence.create', {
      matcher: { ...matcher },
      owner,
      reason,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
    });
    return { ...silence, id };
  });
}

/** All that have not ended are read with each batch that is judged. */
const MOST_SILENCES = 500;

async function assertRoom(tx: Db, orgId: string, now: number): Promise<void> {
  if ((await countSilences(tx, orgId, now)) < MOST_SILENCES) return;
  throw new AppError('conflict', `There are ${MOST_SILENCES} silences that have not ended.`, {
    remedy: 'Lift some, or make one that fits more: vigia silence list shows them.',
  });
}

/** Ends it now. Nothing changes when it is over already. @throws AppError not_found */
export async function liftSilence(deps: MuteDeps, orgId: string, id: string, by: string): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const row = await getLocked(tx, orgId, id);
    const now = deps.clock.now();
    if (row.liftedAt !== null || row.endsAt <= now) return;
    await changeSilence(tx, orgId, id, { liftedAt: now, liftedBy: by });
    await audit(tx, { orgId, createdAt: now }, id, by, 'silence.lift', { heldBack: row.heldBack });
  });
  deps.onLifted?.();
}

/** Puts its end off by `ms`; its owner is reminded anew. @throws AppError not_found, conflict (it is over), bad_request */
export async function extendSilence(deps: MuteDeps, orgId: string, id: string, ms: number, by: string): Promise<void> {
  const extended = await deps.database.transaction(async (tx) => {
    const row = await getLocked(tx, orgId, id);
    const now = deps.clock.now();
    if (row.liftedAt !== null || row.endsAt <= now) {
      throw new AppError('conflict', `Silence ${id} is over.`, { remedy: 'Make a new one.' });
    }
    const endsAt = row.endsAt + ms;
    assertSilenceSpan(row.startsAt, endsAt, row.recurrence !== null);
    await changeSilence(tx, orgId, id, { endsAt, remindedAt: null });
    const detail = { by: formatDuration(ms), endsAt: new Date(endsAt).toISOString() };
    await audit(tx, { orgId, createdAt: now }, id, by, 'silence.extend', detail);
    return silencedUntil({ ...toSilence(row), endsAt }, now);
  });
  // On its own: who holds something back locks the action first and the silence after it.
  if (extended !== undefined) await moveHeldUntil(deps.database.db, orgId, `silence:${id}`, extended);
}

async function getLocked(tx: Db, orgId: string, id: string): Promise<SilenceRow> {
  const row = await lockSilence(tx, orgId, id);
  if (row !== undefined) return row;
  throw new AppError('not_found', `There is no silence ${id}.`, { remedy: 'List them with GET /api/v1/silences.' });
}

async function audit(
  tx: Db,
  { orgId, createdAt }: Pick<Silence, 'orgId' | 'createdAt'>,
  target: string,
  actor: string,
  verb: string,
  detail: Parameters<typeof appendAudit>[1]['detail'] & object,
): Promise<void> {
  await appendAudit(tx, { orgId, at: createdAt, actor, verb, target, detail });
}
