import type { SessionPage } from '../../delivery/zoho-desk/zoho-client.ts';
import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import type { ZohoFailure, ZohoResult } from '../../delivery/zoho-desk/zoho-result.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Directory } from '../../domain/rule.ts';
import { type KnownSession, loadKnownSessions } from '../../store/compare-sessions.ts';
import { findDifference } from './find-difference.ts';
import { inferEvent } from './infer-event.ts';
import { nameAssignee } from './name-assignee.ts';
import type { ReconcileDeps } from './reconcile.ts';
import type { ReconciliationState } from './reconciliation-state.ts';
import type { Spending } from './spending.ts';

/**
 * One run over the chats that have changed since the last one.
 *
 * Zoho does not say when a chat changed, only which have changed after an instant. So those that differ from ours are
 * held against a second list, of what has changed within the last minute: what is on it may have a webhook under
 * way and is left for the next run; what is not stands as it does since that instant at the latest, by Zoho's own clock. That
 * instant is the time of the inferred event: every event still to come is later, however far our clocks differ.
 */
export type ReadDeps = Omit<ReconcileDeps, 'directory'> & { directory: Directory };

export interface Reading {
  chats: number;
  differing: number;
  deferred: number;
  outcome:
    | { kind: 'complete'; readUpTo: number }
    | { kind: 'unfinished' | 'over_budget'; goOn: { until: number; from: number } }
    | { kind: 'failed'; reason: string; retryAfterMs?: number };
}

/** How long a webhook may be under way. */
export const GRACE_MS = 60_000;
/** Zoho's list may be behind its changes. */
const OVERLAP_MS = 60_000;
/** What a list costs where Zoho does not say (third parties). */
const LIST_CREDITS = 3;
/** Pages of one run; more are left to the next. */
const MAX_PAGES = 20;
/** Chats move between the pages of a list that is read meanwhile: each page begins with the last records of the one before. */
const PAGE_OVERLAP = 5;

interface Candidate {
  zoho: ZohoSession;
  ours: KnownSession;
}

export async function readChanges(
  deps: ReadDeps,
  state: ReconciliationState,
  spending: Spending,
  signal: AbortSignal,
): Promise<{ reading: Reading; inferred: number }> {
  const settledAt = deps.clock.now() - GRACE_MS;
  const until = state.unfinished?.until ?? settledAt;
  const listed = await listChanged(deps, state, { until, spending }, signal);
  const { candidates, chats } = listed;
  const reading: Reading = { chats, differing: candidates.length, deferred: 0, outcome: listed.outcome };
  if (listed.outcome.kind === 'failed' || candidates.length === 0) return { reading, inferred: 0 };
  const recent = await listRecent(deps, settledAt, candidates, spending, signal);
  if (!recent.ok) return { reading: { ...reading, outcome: toFailed(recent) }, inferred: 0 };
  // What Zoho will list again by itself, since it changed after the instant up to which all has been read then.
  const settled = candidates.filter(({ zoho }) => !recent.value.has(zoho.id));
  const { events, underWay } = await inferEvents(deps, settled, { settledAt, spending }, signal);
  if (events.length > 0) await deps.ingest(events.map((event) => ({ ok: true, event })));
  const deferred = candidates.length - settled.length + underWay;
  // A chat that waits for its own events is not listed again by itself: the whole stretch is read once more.
  const outcome: Reading['outcome'] = underWay > 0 ? { kind: 'complete', readUpTo: state.readUpTo } : listed.outcome;
  return { reading: { ...reading, deferred, outcome }, inferred: events.length };
}

/** The chats that have changed since the last run and differ from ours, page by page as far as the budget goes. */
async function listChanged(
  deps: ReadDeps,
  { readUpTo, unfinished }: ReconciliationState,
  { until, spending }: { until: number; spending: Spending },
  signal: AbortSignal,
): Promise<{ candidates: Candidate[]; chats: number; outcome: Reading['outcome'] }> {
  const candidates = new Map<string, Candidate>();
  const seen = new Set<string>();
  const end = (outcome: Reading['outcome']) => ({ candidates: [...candidates.values()], chats: seen.size, outcome });
  // A clock that was set back has read further ahead than there is.
  const modifiedAfter = Math.min(readUpTo, until) - OVERLAP_MS;
  let from = unfinished?.from ?? 0;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    // Of what is left, one list is kept for what changed just now.
    if (!spending.allows(2 * LIST_CREDITS)) return end({ kind: 'over_budget', goOn: { until, from } });
    const page = await deps.client.listSessions({ modifiedAfter, from }, signal);
    spend(spending, page);
    if (!page.ok) return end(toFailed(page));
    const fresh = page.value.sessions.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    for (const candidate of await findCandidates(deps, fresh)) candidates.set(candidate.zoho.id, candidate);
    if (page.value.next === undefined) return end({ kind: 'complete', readUpTo: until });
    from = Math.max(from + 1, page.value.next - PAGE_OVERLAP);
  }
  return end({ kind: 'unfinished', goOn: { until, from } });
}

async function findCandidates(
  { db, orgId, directory }: ReadDeps,
  listed: readonly ZohoSession[],
): Promise<Candidate[]> {
  const known = await loadKnownSessions(
    db,
    orgId,
    listed.map(({ id }) => id),
  );
  const byId = new Map(known.map((ours) => [ours.id, ours]));
  return listed.flatMap((zoho) => {
    const ours = byId.get(zoho.id);
    return ours !== undefined && findDifference(zoho, ours, directory) !== undefined ? [{ zoho, ours }] : [];
  });
}

/** Ids of chats that changed within the grace, as far as the candidates are among them. */
async function listRecent(
  { client }: ReadDeps,
  settledAt: number,
  candidates: readonly Candidate[],
  spending: Spending,
  signal: AbortSignal,
): Promise<ZohoResult<Set<string>>> {
  const recent = new Set<string>();
  let from: number | undefined = 0;
  for (let pages = 0; from !== undefined; pages += 1) {
    if (candidates.every(({ zoho }) => recent.has(zoho.id))) break;
    if (pages >= MAX_PAGES || (pages > 0 && !spending.allows(LIST_CREDITS))) {
      return { ok: false, kind: 'unavailable', reason: 'more chats changed within a minute than could be listed' };
    }
    const page: ZohoResult<SessionPage> = await client.listSessions({ modifiedAfter: settledAt, from }, signal);
    spend(spending, page);
    if (!page.ok) return page;
    for (const { id } of page.value.sessions) recent.add(id);
    from = page.value.next === undefined ? undefined : Math.max(from + 1, page.value.next - PAGE_OVERLAP);
  }
  return { ok: true, value: recent };
}

/** Looks at our side once more: meanwhile a webhook may have come. */
async function inferEvents(
  deps: ReadDeps,
  settled: readonly Candidate[],
  { settledAt, spending }: { settledAt: number; spending: Spending },
  signal: AbortSignal,
): Promise<{ events: DeskEvent[]; underWay: number }> {
  const { db, orgId, client, directory, clock } = deps;
  const events: DeskEvent[] = [];
  let underWay = 0;
  const current = await findCandidates(
    deps,
    settled.map(({ zoho }) => zoho),
  );
  for (const { zoho, ours } of current) {
    // An event of ours that is newer than what Zoho lists as its last change: somebody just wrote, or its list is behind.
    if (ours.underWay || (ours.lastEventAt ?? 0) > settledAt) {
      underWay += 1;
      continue;
    }
    const at = Math.min(zoho.modifiedAt ?? settledAt, settledAt);
    const assignee = await nameAssignee({ db, orgId, client, directory, spending }, zoho, ours, signal);
    events.push(inferEvent({ orgId, zoho, ours, assignee, at, now: clock.now() }));
  }
  return { events, underWay };
}

function spend(spending: Spending, result: ZohoResult<unknown>): void {
  spending.add(result.ok ? (result.credits?.cost ?? LIST_CREDITS) : 0);
}

function toFailed({ reason, retryAfterMs }: ZohoFailure): Reading['outcome'] {
  return { kind: 'failed', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
