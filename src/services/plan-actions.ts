import { toTileUpdate } from '../delivery/board/tile-update.ts';
import { toDatasetRow } from '../delivery/record/dataset-row.ts';
import {
  type Action,
  type ActionState,
  destinationOf,
  editsCard,
  isFinal,
  type RuleActionType,
} from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import { findPause, type HeldBack, type Holder, type Pause, toPausedAction } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import type { NewDatasetRow, TileChange } from '../store/local-effects.ts';
import type { HeldBackCount } from '../store/mutes.ts';
import type { QueuedAction } from '../store/save-effects.ts';
import { type DeliveryJob, laneOf } from './delivery-queue.ts';
import { findSibling } from './find-sibling.ts';
import { storedParams, toStorableObject } from './stored-params.ts';

/**
 * Sorts new actions into those that are done at once and those that are delivered. What ends in our own database (a tile
 * of the board, a recorded row) is written in the transaction that decides it, which makes it happen exactly once and
 * spares a job for each; the others become jobs, or wait for the siblings that they need.
 */
export interface ActionPlan {
  queued: QueuedAction[];
  jobs: DeliveryJob[];
  tiles: TileChange[];
  rows: NewDatasetRow[];
  /** What silences and pauses hold back. */
  heldBack: HeldBackCount[];
}

export interface PlanOptions {
  directory: Directory;
  now: number;
  keepPersonal: boolean;
  /** Actions of the same firing that are there already, for failure actions. */
  siblings?: readonly Sibling[];
  /** Those that may be in force. */
  pauses?: readonly Pause[];
}

/** What decides whether an action may go: how the others of its firing stand. */
export type Sibling = Pick<Action, 'firing' | 'path' | 'spec'> & { state: ActionState; heldBy?: string | undefined };

export function planActions(actions: readonly Action[], options: PlanOptions): ActionPlan {
  const plan: ActionPlan = { queued: [], jobs: [], tiles: [], rows: [], heldBack: [] };
  const standing = new Map<string, Sibling[]>();
  for (const sibling of options.siblings ?? []) standOf(standing, sibling.firing).push(sibling);
  for (const action of actions) {
    const siblings = standOf(standing, action.firing);
    place(action, openSiblings(action, siblings), plan, options);
    const placed = plan.queued.at(-1);
    siblings.push({ ...action, state: placed?.state ?? 'queued', heldBy: placed?.heldBy });
  }
  return plan;
}

/** A pause stops what would be done now; what waits for others is looked at when it is delivered. */
function place(action: Action, waitsFor: string[], plan: ActionPlan, options: PlanOptions): void {
  const { type } = action.spec;
  const heldBack = action.heldBack ?? (waitsFor.length > 0 ? undefined : pausedBy(action, options));
  if (heldBack !== undefined) holdBack(action, heldBack, waitsFor, plan, options.now);
  else if (waitsFor.length > 0) plan.queued.push({ action, state: 'queued', waitsFor, attempts: 0 });
  else if ((type === 'dashboard.update' || type === 'record') && siblingsOf(action).length === 0)
    carryOut(action, type, plan, options);
  else {
    plan.queued.push({ action, state: 'queued', attempts: 0 });
    plan.jobs.push(toJob(action));
  }
}

function countOne(counts: HeldBackCount[], orgId: string, by: Holder): void {
  const known = counts.find((one) => one.orgId === orgId && one.by === by);
  if (known === undefined) counts.push({ orgId, by, count: 1 });
  else known.count += 1;
}

function pausedBy({ orgId, ruleId, channelId, spec }: Action, { pauses = [], now }: PlanOptions): HeldBack | undefined {
  const own = pauses.filter((pause) => pause.orgId === orgId);
  if (own.length === 0) return undefined;
  const pause = findPause(own, { ruleId, channelId, destination: destinationOf(spec.type) }, now);
  return pause === undefined ? undefined : toPausedAction(pause, editsCard(spec.type));
}

function holdBack(
  action: Action,
  { by, until, reason, waits }: HeldBack,
  waitsFor: string[],
  plan: ActionPlan,
  now: number,
): void {
  countOne(plan.heldBack, action.orgId, by);
  if (!waits) {
    plan.queued.push({ action, state: 'skipped', reason, attempts: 0, finishedAt: now });
    return;
  }
  const held: QueuedAction = { action, state: 'queued', reason, attempts: 0, heldBy: by, heldAt: now };
  if (until !== undefined) held.heldUntil = until;
  if (waitsFor.length > 0) held.waitsFor = waitsFor;
  plan.queued.push(held);
}

function standOf(standing: Map<string, Sibling[]>, firing: string): Sibling[] {
  const siblings = standing.get(firing) ?? [];
  standing.set(firing, siblings);
  return siblings;
}

export function toJob(action: Pick<Action, 'orgId' | 'id' | 'subject' | 'spec'>): DeliveryJob {
  const lane = laneOf(action.orgId, action.subject, destinationOf(action.spec.type));
  return { orgId: action.orgId, actionId: action.id, lane };
}

/** Ids of the sibling actions that must be settled before this one. */
export function siblingsOf({ spec }: Pick<Action, 'spec'>): string[] {
  return [...new Set([...(spec.needs === undefined ? [] : [spec.needs]), ...spec.reads])];
}

/**
 * Ids of the siblings that an action still has to wait for. What it merely reads may also be "not connected", or held back
 * by a silence, of which only Slack shall notice: it then renders without those results. What it needs may still come.
 */
export function openSiblings(action: Pick<Action, 'path' | 'spec'>, siblings: readonly Sibling[]): string[] {
  return siblingsOf(action).filter((id) => {
    const sibling = findSibling(action, siblings, id);
    if (sibling === undefined || isFinal(sibling.state)) return false;
    const mayBeLong = sibling.state === 'not_connected' || sibling.heldBy?.startsWith('silence:') === true;
    return !mayBeLong || action.spec.needs === id;
  });
}

function carryOut(action: Action, type: RuleActionType, plan: ActionPlan, options: PlanOptions): void {
  const done = { action, attempts: 1, finishedAt: options.now };
  const { directory } = options;
  const render = (facts: JsonObject) => renderParams(type, action.spec.params, facts, { directory });
  const rendered = render(action.context);
  const effect = rendered.ok ? toLocalEffect(action, rendered.params) : rendered;
  if (!effect.ok || !rendered.ok) {
    plan.queued.push({ ...done, state: 'refused', reason: effect.ok ? 'could not be rendered' : effect.reason });
    return;
  }
  if ('tile' in effect) plan.tiles.push(effect.tile);
  else plan.rows.push(effect.row);
  const params = toStorableObject(storedParams(rendered.params, action.context, options.keepPersonal, render));
  plan.queued.push({ ...done, state: 'delivered', params });
}

export type LocalEffect =
  | { ok: true; tile: TileChange }
  | { ok: true; row: NewDatasetRow }
  | { ok: false; reason: string };

/** What a rendered board or record action writes. */
export function toLocalEffect(action: Action, params: Action['context']): LocalEffect {
  if (action.spec.type === 'dashboard.update') {
    const read = toTileUpdate(params);
    return read.ok ? { ok: true, tile: { orgId: action.orgId, ...read.update } } : read;
  }
  const read = toDatasetRow(params);
  if (!read.ok) return read;
  const row: NewDatasetRow = { orgId: action.orgId, actionId: action.id, at: action.firedAt, ...read.row };
  if (action.sessionId !== undefined) row.sessionId = action.sessionId;
  return { ok: true, row };
}
