import {
  type Action,
  type ActionState,
  type Delivery,
  destinationOf,
  isFinal,
  type Results,
  type RuleActionType,
} from '../domain/action.ts';
import type { JsonObject } from '../domain/json.ts';
import { toFailureActions } from '../engine/emit-actions.ts';
import { renderCardEdit } from '../engine/templates/render-card-edit.ts';
import { renderParams } from '../engine/templates/render-params.ts';
import { findSibling } from '../services/find-sibling.ts';
import { openSiblings, planActions } from '../services/plan-actions.ts';
import { toVerdict } from '../services/verdict.ts';
import { createGroups } from './grouping.ts';
import type { TrialWorld } from './world.ts';

/**
 * Deliveries in memory: what the service does with jobs and transactions, done one after the other. What decides (which
 * actions wait, how params are rendered, what an answer makes of an action) are the service's own functions.
 */
export interface Deliveries {
  /** Queues new actions; what ends in our own tables is done at once. */
  add(actions: readonly Action[], now: number): Carried[];
  /** Carries out whatever may go at `now`. @returns what was settled, in order */
  carryOut(now: number): Carried[];
  /** When something is tried again next; undefined: never. Epoch ms. */
  nextAt(): number | undefined;
}

/** An action and how it stands. */
export interface Carried {
  action: Action;
  state: ActionState;
  waitsFor: string[];
  attempts: number;
  nextTryAt: number;
  params: JsonObject;
  result: JsonObject;
  reason?: string;
  mayHaveHappened: boolean;
  /** A card that shares another's: nothing was posted for it. */
  joined?: boolean;
  /** Since when a pick has found nobody. */
  nobodySince?: number;
}

export interface DeliveriesOptions {
  world: TrialWorld;
  isEpisodeOver: (action: Action) => boolean;
  /** Whether an alert is not resolved. */
  isOpen: (alertId: string) => boolean;
  /** Cards of failure actions belong to the episode like any other. */
  onFailureActions: (actions: readonly Action[]) => void;
}

/** Retries come in the middle of their span: nothing is random here. */
const VERDICTS = { random: () => 0.5, storePersonalData: true };
/** A pick that finds nobody is tried again for this long, as in the service. */
const NOBODY_MS = 60_000;

export function createDeliveries({ world, isEpisodeOver, isOpen, onFailureActions }: DeliveriesOptions): Deliveries {
  const groups = createGroups(isOpen);
  const pending: Carried[] = [];
  const firings = new Map<string, Carried[]>();
  const known = new Set<string>();

  function add(actions: readonly Action[], now: number): Carried[] {
    const fresh = actions.filter(({ key }) => !known.has(key));
    for (const { key } of fresh) known.add(key);
    const siblings = fresh.flatMap(({ firing }) => siblingsOf(firing));
    const plan = planActions(fresh, { directory: world.directory(), now, keepPersonal: true, siblings });
    const added = plan.queued.map(({ action, state, waitsFor = [], params = {}, reason, attempts }): Carried => {
      const carried: Carried = {
        action,
        state,
        waitsFor,
        attempts,
        nextTryAt: now,
        params,
        result: {},
        mayHaveHappened: false,
      };
      if (reason !== undefined) carried.reason = reason;
      return carried;
    });
    for (const carried of added) {
      firings.set(carried.action.firing, [...(firings.get(carried.action.firing) ?? []), carried]);
      if (!isFinal(carried.state)) pending.push(carried);
    }
    return added.filter(({ state }) => isFinal(state));
  }

  function siblingsOf(firing: string) {
    return (firings.get(firing) ?? []).map(({ action, state }) => ({ ...action, state }));
  }

  /** What may go: released, its time has come, and nothing before it in its lane is still to be done. */
  function nextReady(now: number): Carried | undefined {
    const blocked = new Set<string>();
    for (const carried of pending) {
      if (carried.waitsFor.length > 0) continue;
      const lane = `${carried.action.subject}\n${destinationOf(carried.action.spec.type)}`;
      if (!blocked.has(lane) && carried.nextTryAt <= now) return carried;
      blocked.add(lane);
    }
    return undefined;
  }

  function carryOut(now: number): Carried[] {
    const settled: Carried[] = [];
    for (let carried = nextReady(now); carried !== undefined; carried = nextReady(now)) {
      attempt(carried, now);
      if (carried.state === 'queued') continue;
      pending.splice(pending.indexOf(carried), 1);
      settled.push(carried, ...followUp(carried, now));
    }
    return [...settled, ...groups.due(now)];
  }

  function attempt(carried: Carried, now: number): void {
    const { action } = carried;
    const siblings = siblingsOf(action.firing).filter(({ id }) => id !== action.id);
    const needed = action.spec.needs === undefined ? undefined : findSibling(action, siblings, action.spec.needs);
    if (action.spec.needs !== undefined && needed?.state !== 'delivered') {
      settle(carried, 'skipped', `it needs "${action.spec.needs}", which ${needed?.state ?? 'is not there'}`);
      return;
    }
    if (now > action.expiresAt) {
      settle(carried, 'dead', 'not delivered in time');
      return;
    }
    const rendered = render(action);
    if (!rendered.ok) {
      settle(carried, 'refused', rendered.reason);
      return;
    }
    carried.attempts += 1;
    carried.params = rendered.params;
    if (groups.join(carried, now)) {
      carried.state = 'delivered';
      carried.joined = true;
      return;
    }
    const outcome = endlessPick(carried, world.answer(toDelivery(carried), now), now);
    const verdict = toVerdict(
      VERDICTS,
      { ...action, ...carried },
      { outcome, params: carried.params, attempt: carried.attempts },
      now,
    );
    carried.state = verdict.state;
    carried.result = verdict.result ?? {};
    if (verdict.reason !== undefined) carried.reason = verdict.reason;
    if (outcome.kind === 'uncertain') carried.mayHaveHappened = true;
    if (verdict.againAfterMs !== undefined) carried.nextTryAt = now + verdict.againAfterMs;
  }

  function endlessPick(carried: Carried, outcome: ReturnType<TrialWorld['answer']>, now: number) {
    if (outcome.kind !== 'nobody') return outcome;
    carried.nobodySince ??= now;
    return now - carried.nobodySince >= NOBODY_MS ? { kind: 'refused' as const, reason: outcome.reason } : outcome;
  }

  function settle(carried: Carried, state: ActionState, reason: string): void {
    carried.state = state;
    carried.reason = reason;
  }

  function render({ spec, context, firing, path }: Action): ReturnType<typeof renderParams> {
    if (spec.type === 'slack.groupCard') return { ok: true, params: spec.params };
    const results: Results = {};
    const siblings = firings.get(firing) ?? [];
    for (const id of new Set([...spec.reads, ...(spec.needs === undefined ? [] : [spec.needs])])) {
      const sibling = findSibling({ path }, siblings.map(toSibling), id);
      if (sibling !== undefined) results[id] = { ...sibling.result, state: sibling.state };
    }
    const facts = { ...context, results };
    const options = { directory: world.directory() };
    if (spec.type === 'slack.alertUpdate') {
      return renderCardEdit(spec.params, (card) => renderParams('slack.alert', card, facts, options));
    }
    return renderParams(spec.type, spec.params, facts, options);
  }

  function toDelivery({ action, params, attempts, mayHaveHappened }: Carried): Delivery {
    const delivery: Delivery = {
      orgId: action.orgId,
      actionId: action.id,
      ruleId: action.ruleId,
      subject: action.subject,
      type: action.spec.type,
      params,
      onUncertain: action.spec.onUncertain,
      attempt: attempts,
      mayHaveHappened,
      expiresAt: action.expiresAt,
      episodeOver: isOver(action),
    };
    if (action.sessionId !== undefined) delivery.sessionId = action.sessionId;
    if (action.episodeId !== undefined) delivery.episodeId = action.episodeId;
    if (action.expected !== undefined) delivery.session = action.expected;
    return delivery;
  }

  /** A card tells of what its own firing changed in Zoho, also when just that has ended the episode. */
  function isOver(action: Action): boolean {
    if (!isEpisodeOver(action)) return false;
    return !siblingsOf(action.firing).some(
      ({ id, spec, state }) => id !== action.id && destinationOf(spec.type) === 'zoho-desk' && state === 'delivered',
    );
  }

  function followUp(carried: Carried, now: number): Carried[] {
    const { action, state } = carried;
    const done: Carried[] = [];
    if ((state === 'refused' || state === 'dead') && action.spec.onFailure.length > 0) {
      const failures = toFailureActions(action, now);
      done.push(...add(failures, now));
      onFailureActions(failures);
    }
    const standing = siblingsOf(action.firing);
    for (const other of firings.get(action.firing) ?? []) {
      if (other.waitsFor.length > 0 && openSiblings(other.action, standing).length === 0) {
        other.waitsFor = [];
        other.nextTryAt = now;
      }
    }
    return done;
  }

  return {
    add,
    carryOut,
    nextAt() {
      const moments = pending.flatMap(({ waitsFor, nextTryAt }) => (waitsFor.length > 0 ? [] : [nextTryAt]));
      const grouped = groups.nextAt();
      if (grouped !== undefined) moments.push(grouped);
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
  };
}

/** Whether a rule says it: the edits of cards are ours, and nothing was posted for a card that shares another's. */
export function isOfARule<A extends { action: Pick<Action, 'spec'>; joined?: boolean }>(
  carried: A,
): carried is A & { action: { spec: { type: RuleActionType } } } {
  const { type } = carried.action.spec;
  return type !== 'slack.alertUpdate' && type !== 'slack.groupCard' && carried.joined !== true;
}

function toSibling({ action, state, result }: Carried) {
  return { ...action, state, result };
}
