import { toTileUpdate } from '../delivery/board/tile-update.ts';
import { toDatasetRow } from '../delivery/record/dataset-row.ts';
import { type Action, destinationOf, type RuleActionType } from '../domain/action.ts';
import type { Directory } from '../domain/rule.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import type { NewDatasetRow, TileChange } from '../store/local-effects.ts';
import type { QueuedAction } from '../store/save-effects.ts';
import { type DeliveryJob, laneOf } from './delivery-queue.ts';
import { storedParams } from './stored-params.ts';

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
}

export interface PlanOptions {
  directory: Directory;
  now: number;
  keepPersonal: boolean;
}

export function planActions(actions: readonly Action[], options: PlanOptions): ActionPlan {
  const plan: ActionPlan = { queued: [], jobs: [], tiles: [], rows: [] };
  for (const action of actions) {
    const { type } = action.spec;
    const destination = destinationOf(type);
    const waitsFor = siblingsOf(action);
    if (waitsFor.length > 0) plan.queued.push({ action, state: 'queued', waitsFor, attempts: 0 });
    else if (type === 'dashboard.update' || type === 'record') carryOut(action, type, plan, options);
    else {
      plan.queued.push({ action, state: 'queued', attempts: 0 });
      plan.jobs.push({
        orgId: action.orgId,
        actionId: action.id,
        lane: laneOf(action.orgId, action.subject, destination),
      });
    }
  }
  return plan;
}

/** Ids of the sibling actions that must be settled before this one. */
export function siblingsOf({ spec }: Action): string[] {
  return [...new Set([...(spec.needs === undefined ? [] : [spec.needs]), ...spec.reads])];
}

function carryOut(action: Action, type: RuleActionType, plan: ActionPlan, options: PlanOptions): void {
  const done = { action, attempts: 1, finishedAt: options.now };
  const { directory } = options;
  const rendered = renderParams(type, action.spec.params, action.context, { directory });
  const effect = rendered.ok ? toLocalEffect(action, rendered.params) : rendered;
  if (!effect.ok || !rendered.ok) {
    plan.queued.push({ ...done, state: 'refused', reason: effect.ok ? 'could not be rendered' : effect.reason });
    return;
  }
  if ('tile' in effect) plan.tiles.push(effect.tile);
  else plan.rows.push(effect.row);
  const params = storedParams(rendered.params, action.context, options.keepPersonal);
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
