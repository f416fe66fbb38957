import { type Action, destinationOf, isFinal } from '../domain/action.ts';
import type { Alert, AlertCard } from '../domain/alert.ts';
import { type HeldBack, type Holder, isPausedAt } from '../domain/mute.ts';
import { toAlert } from '../engine/emit-actions.ts';
import { silencedUntil } from '../engine/silences.ts';
import {
  CARD_TO_COME,
  CARD_TOO_LATE,
  endsWithEpisode,
  isUnplaced,
  LEFT_UNCERTAIN,
  pausedNow,
  refuseEndlessPick,
  renderAction,
  tellsOfChange,
  toDelivery,
  tooLate,
  unmetNeed,
} from '../services/delivery-checks.ts';
import { EPISODE_WAS_OVER, toCorrection, toTimelyFailures } from '../services/follow-up.ts';
import { type ReadyCard, toReadyCard } from '../services/join-groups.ts';
import { placeCardsBy, toNoticeMember } from '../services/place-cards.ts';
import { openSiblings, planActions, toLocalEffect } from '../services/plan-actions.ts';
import { expiryReason } from '../services/redrive.ts';
import { type HeldContext, sortHeld } from '../services/release-held.ts';
import { retellingOf } from '../services/retelling.ts';
import { type Answered, toVerdict } from '../services/verdict.ts';
import { isStranded } from '../store/deliveries.ts';
import type { QueuedAction } from '../store/save-effects.ts';
import type { Cards } from './cards.ts';
import { byMaking, type Carried, reasonOf, type Sibling, toCarried, toSibling } from './carried.ts';
import type { TrialWorld } from './world/world.ts';

/**
 * Deliveries in memory: what the service does with jobs and transactions, done one after the other. What decides (which
 * actions wait, what holds them back, how params are rendered, what an answer makes of an action) are the service's own
 * functions, and what carries them out are its own destinations.
 */
export interface Deliveries {
  /** Queues new actions; what ends in our own tables is done at once, and cards that join a group join it. */
  add(actions: readonly Action[], alerts: readonly Alert[], now: number): Promise<Carried[]>;
  /** Carries out whatever may go at `now`. @returns what was settled, in order */
  carryOut(now: number): Promise<Carried[]>;
  /** When something is tried again, let go or given up next; undefined: never. Epoch ms. */
  nextAt(): number | undefined;
  /** All actions as they stand, in the order of their making. */
  all(): Iterable<Carried>;
  /** What our actions did in chats, and may be doing; as in own-changes.ts. */
  changesOf(sessionId: string): readonly ChangeTry[];
  /** Whom our reassignments gave chats to, and took them from, oldest first. */
  assignments(): readonly Assignment[];
}

export interface ChangeTry {
  carried: Carried;
  startedAt: number;
}

export interface Assignment {
  sessionId: string;
  agentId: string;
  previousAgentId?: string;
  at: number;
}

export interface DeliveriesOptions {
  world: TrialWorld;
  cards: Cards;
  isEpisodeOver: (action: Pick<Action, 'subject' | 'episodeId'>) => boolean;
  /** Cards of failure actions belong to the episode like any other. @returns whether it is over */
  addEpisodeAlerts: (action: Action, alertIds: readonly string[]) => boolean;
}

/** Retries come in the middle of their span: nothing is random here. */
const VERDICTS = { random: () => 0.5, storePersonalData: true };
const NEVER = new AbortController().signal;

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { world, cards, isEpisodeOver } = options;
  const byId = new Map<string, Carried>();
  const firings = new Map<string, Carried[]>();
  /** In the order of a queue: what is given back keeps its place, what is let go comes last. */
  const jobs: Carried[] = [];
  const unfinished = new Set<Carried>();
  const changes = new Map<string, ChangeTry[]>();
  const assignments: Assignment[] = [];

  async function add(actions: readonly Action[], alerts: readonly Alert[], now: number): Promise<Carried[]> {
    const fresh = actions.filter(({ id }) => !byId.has(id));
    if (fresh.length === 0 && alerts.length === 0) return [];
    const plan = planActions(fresh, {
      ...planOptions(now),
      siblings: fresh.flatMap(({ firing }) => siblingsOf(firing)),
    });
    const kept = {
      join: async (ready: readonly ReadyCard[]) => cards.join(ready, now),
      findGrouped: async (ids: readonly { id: string }[]) =>
        new Set(ids.flatMap(({ id }) => (cards.find(id)?.groupId === undefined ? [] : [id]))),
    };
    const placed = await placeCardsBy(kept, plan, alerts, { ...planOptions(now), cards: undefined });
    cards.open(placed.alerts);
    return enqueue(placed.plan.queued, placed.plan.jobs, now);
  }

  function planOptions(now: number) {
    return { directory: world.directory(), now, keepPersonal: true, pauses: world.mutes().pauses };
  }

  /** @returns what is final already */
  function enqueue(queued: readonly QueuedAction[], going: readonly { actionId: string }[], now: number): Carried[] {
    const added = queued.map((row) => toCarried(row, now));
    for (const carried of added) {
      byId.set(carried.action.id, carried);
      const { firing } = carried.action;
      firings.set(firing, [...(firings.get(firing) ?? []), carried]);
      if (!isFinal(carried.state)) unfinished.add(carried);
    }
    for (const { actionId } of going) {
      const carried = byId.get(actionId);
      if (carried !== undefined) jobs.push(carried);
    }
    return added.filter(({ state }) => isFinal(state));
  }

  function siblingsOf(firing: string) {
    return (firings.get(firing) ?? []).map(toSibling);
  }

  /** What nothing before it in its lane keeps from going. */
  function headsOfLanes(): Carried[] {
    const lanes = new Set<string>();
    return jobs.filter(({ action: { subject, spec } }) => {
      const lane = `${subject}\n${destinationOf(spec.type)}`;
      const isHead = !lanes.has(lane);
      lanes.add(lane);
      return isHead;
    });
  }

  function nextReady(now: number): Carried | undefined {
    return headsOfLanes().find(({ nextTryAt }) => nextTryAt <= now);
  }

  async function carryOut(now: number): Promise<Carried[]> {
    const settled = letGo(now);
    for (;;) {
      for (let carried = nextReady(now); carried !== undefined; carried = nextReady(now)) {
        settled.push(...(await deliver(carried, now)));
      }
      const { actions, over } = cards.tend(now);
      for (const id of over) skipMember(id);
      if (actions.length === 0) break;
      enqueue(
        actions.map((action) => ({ action, state: 'queued', attempts: 0 })),
        actions.map(({ id }) => ({ actionId: id })),
        now,
      );
    }
    return [...settled, ...expire(now)];
  }

  async function deliver(carried: Carried, now: number): Promise<Carried[]> {
    const pause = pausedNow(carried.action, world.mutes().pauses, now);
    if (pause?.waits === true) {
      removeJob(carried);
      hold(carried, pause, now);
      return [];
    }
    const answered: Answered =
      pause === undefined ? await attempt(carried, now) : { outcome: { kind: 'skipped', reason: pause.reason } };
    return settle(carried, answered, now);
  }

  function hold(carried: Carried, { by, until, reason }: HeldBack, now: number): void {
    carried.held = { by, at: now, ...(until === undefined ? {} : { until }) };
    carried.state = 'queued';
    carried.reason = reason;
  }

  /** As attemptDelivery of services/deliver.ts. */
  async function attempt(carried: Carried, now: number): Promise<Answered> {
    const { action, tries } = carried;
    const siblings = othersOf(action);
    const unmet = unmetNeed(action, siblings);
    if (unmet !== undefined) return { outcome: { kind: 'skipped', reason: unmet } };
    const destination = world.destination(destinationOf(action.spec.type));
    const late = destination === undefined ? undefined : tooLate({ ...action, ...reasonOf(carried) }, now);
    if (late !== undefined) return { outcome: { kind: 'dead', reason: late } };
    const retelling = retellingOf(action.spec);
    const card = retelling === undefined ? undefined : byId.get(retelling.alertId);
    if (card !== undefined && !isFinal(card.state)) return { outcome: { kind: 'skipped', reason: CARD_TO_COME } };
    const mayHaveHappened = destination !== undefined && tries.some(({ outcome }) => outcome === 'uncertain');
    if (mayHaveHappened && action.spec.onUncertain === 'leave') {
      return { outcome: { kind: 'uncertain', reason: LEFT_UNCERTAIN } };
    }
    const rendered = renderAction(action, siblings, { directory: world.directory(), keepPersonal: true });
    if (!rendered.ok) return { outcome: { kind: 'refused', reason: rendered.reason } };
    const { params, stored } = rendered;
    const context = { directory: world.directory(), publicUrl: undefined };
    const ready = isUnplaced(action) ? toReadyCard(action, rendered, context) : undefined;
    if (ready !== undefined) {
      const outcome = isOver(action)
        ? ({ kind: 'skipped', reason: CARD_TOO_LATE } as const)
        : ({ kind: 'card', card: ready } as const);
      return { outcome, params, stored };
    }
    if (destination !== undefined && !destination.connected) {
      const reason = `${destination.name} has no credentials`;
      return { outcome: { kind: 'not_connected', reason }, params, stored };
    }
    carried.attempts += 1;
    if (destination === undefined) return { outcome: { kind: 'local' }, params, stored, attempt: carried.attempts };
    const started = { startedAt: now, outcome: 'delivering' };
    tries.push(started);
    noteChange(carried, now);
    const delivery = toDelivery(action, params, {
      attempt: carried.attempts,
      mayHaveHappened,
      episodeOver: isOver(action),
    });
    const outcome = await destination.deliver(delivery, NEVER);
    started.outcome = outcome.kind;
    const nobodySince = tries.find((one) => one !== started && one.outcome === 'nobody')?.startedAt;
    return { outcome: refuseEndlessPick(outcome, nobodySince, now), params, stored, attempt: carried.attempts };
  }

  function noteChange(carried: Carried, startedAt: number): void {
    const { sessionId, spec } = carried.action;
    if (sessionId === undefined) return;
    if (spec.type !== 'zoho.assignSession' && spec.type !== 'zoho.setSessionStatus') return;
    changes.set(sessionId, [...(changes.get(sessionId) ?? []), { carried, startedAt }]);
  }

  function othersOf({ firing, id }: Action): Sibling[] {
    return siblingsOf(firing).filter((sibling) => sibling.id !== id);
  }

  /** A card tells of what its own firing changed in Zoho, also when just that has ended the episode. */
  function isOver(action: Action): boolean {
    return endsWithEpisode(action) && isEpisodeOver(action) && !tellsOfChange(othersOf(action));
  }

  /** As settleDelivery of services/settle-delivery.ts. @returns the action, when that is its end, and what ended with it */
  function settle(carried: Carried, answered: Answered, now: number): Carried[] {
    const { action } = carried;
    if (answered.outcome.kind === 'card' && joinAtDelivery(carried, answered.outcome.card, now)) {
      return finish(carried, now);
    }
    const verdict = toVerdict(VERDICTS, { ...action, ...carried }, answered, now);
    const refusal = answered.outcome.kind === 'local' ? toLocalEffect(action, answered.params ?? {}) : undefined;
    carried.state = refusal?.ok === false ? 'refused' : verdict.state;
    carried.params = verdict.params ?? carried.params;
    carried.result = verdict.result ?? {};
    delete carried.reason;
    const reason = refusal?.ok === false ? refusal.reason : verdict.reason;
    if (reason !== undefined) carried.reason = reason;
    if (verdict.admittedAt !== undefined) carried.action = { ...action, admittedAt: verdict.admittedAt };
    if (verdict.againAfterMs !== undefined) {
      carried.nextTryAt = now + verdict.againAfterMs;
      return [];
    }
    return finish(carried, now);
  }

  /** A card that had waited for another action joins a group, unless it is posted by itself. */
  function joinAtDelivery(carried: Carried, ready: ReadyCard, now: number): boolean {
    const { action } = carried;
    const groupId = cards.join([ready], now).get(action.id);
    if (groupId === undefined) return false;
    if (cards.find(action.id) === undefined) cards.open([toNoticeMember({ action, card: ready.card, groupId })]);
    else cards.change(action.id, { groupId, card: ready.card });
    Object.assign(carried, { state: 'delivered', joined: true, params: ready.stored, result: { group: groupId } });
    delete carried.reason;
    return true;
  }

  /** No job carries it any more: what follows from how it stands. */
  function finish(carried: Carried, now: number): Carried[] {
    removeJob(carried);
    if (isFinal(carried.state)) {
      carried.finishedAt = now;
      carried.waitsFor = [];
      delete carried.held;
      unfinished.delete(carried);
    }
    const seen = carried.action.spec.type === 'slack.groupCard' ? asPosted(carried) : carried;
    return [seen, ...followUp(carried, now)];
  }

  /** The first post of a group's card as people look at it: the card of its first chat, with a count. Edits stay edits. */
  function asPosted(carried: Carried): Carried {
    const group = cards.view(String(carried.action.spec.params.groupId));
    const first = group?.slackTs === undefined ? byId.get(cards.firstOf(group?.id ?? '')?.id ?? '') : undefined;
    if (group === undefined || first === undefined) return carried;
    const { total: chats, open } = group.counts;
    const { joined: _, ...card } = first;
    const { state, attempts, tries, result } = carried;
    return { ...card, ...reasonOf(carried), state, attempts, tries, result, params: { ...first.params, chats, open } };
  }

  function removeJob(carried: Carried): void {
    const place = jobs.indexOf(carried);
    if (place !== -1) jobs.splice(place, 1);
  }

  /** As services/follow-up.ts. @returns what was carried out at once */
  function followUp(carried: Carried, now: number): Carried[] {
    const { action, state, result } = carried;
    const { groupId } = action.spec.params;
    const done: Carried[] = [];
    if (action.spec.type === 'slack.groupCard') cards.settleGroup(String(groupId), { state, result }, now);
    if (state === 'delivered') recordResult(carried, now);
    if (state === 'refused' || state === 'dead') done.push(...queueFailures(carried, now));
    const standing = siblingsOf(action.firing);
    for (const other of firings.get(action.firing) ?? []) {
      if (other.waitsFor.length === 0 || openSiblings(other.action, standing).length > 0) continue;
      other.waitsFor = [];
      other.nextTryAt = now;
      if (other.held === undefined) jobs.push(other);
    }
    return done;
  }

  function recordResult({ action, result }: Carried, now: number): void {
    const { spec, sessionId, id } = action;
    const { agentId, previousAssigneeId, channel, ts, card } = result;
    if (spec.type === 'zoho.assignSession' && typeof agentId === 'string' && sessionId !== undefined) {
      const previous = typeof previousAssigneeId === 'string' ? { previousAgentId: previousAssigneeId } : {};
      assignments.push({ sessionId, agentId, ...previous, at: now });
    }
    if (typeof channel !== 'string' || typeof ts !== 'string') return;
    const alertId =
      spec.type === 'slack.alert' ? id : spec.type === 'slack.alertUpdate' ? spec.params.alertId : undefined;
    if (typeof alertId !== 'string') return;
    cards.change(alertId, {
      slackChannel: channel,
      slackTs: ts,
      ...(card === undefined ? {} : { card: toCard(card) }),
    });
    const alert = cards.find(alertId);
    if (spec.type !== 'slack.alert' || alert === undefined || alert.state === 'open') return;
    const edit = toCorrection(alert, action.rulesetHash, now);
    if (!byId.has(edit.id)) enqueue([{ action: edit, state: 'queued', attempts: 0 }], [{ actionId: edit.id }], now);
  }

  function queueFailures({ action }: Carried, now: number): Carried[] {
    if (action.spec.onFailure.length === 0) return [];
    const failures = toTimelyFailures(action, { silences: world.mutes().silences, directory: world.directory(), now });
    const plan = planActions(failures, { ...planOptions(now), siblings: siblingsOf(action.firing) });
    const done = enqueue(plan.queued, plan.jobs, now);
    const opened = failures.filter(({ spec }) => spec.type === 'slack.alert').map(toAlert);
    if (opened.length > 0 && action.episodeId !== undefined) {
      cards.open(opened);
      const ids = opened.map(({ id }) => id);
      if (options.addEpisodeAlerts(action, ids)) {
        for (const id of ids) cards.apply({ id, state: 'resolved', at: now, reason: EPISODE_WAS_OVER });
      }
    }
    return done;
  }

  function skipMember(id: string): void {
    const carried = byId.get(id);
    if (carried?.state !== 'delivered') return;
    Object.assign(carried, { state: 'skipped', reason: CARD_TOO_LATE, result: {} });
  }

  /** As services/release-held.ts: whatever is held by something that is not in force. */
  function letGo(now: number): Carried[] {
    const done: Carried[] = [];
    const holders = [...new Set([...unfinished].flatMap(({ held }) => held?.by ?? []))].sort();
    for (const by of holders) if (!isInForce(by, now)) done.push(...release(by, now));
    return done;
  }

  function isInForce(by: Holder, now: number): boolean {
    const { silences, pauses } = world.mutes();
    const id = by.slice(by.indexOf(':') + 1);
    const silence = by.startsWith('silence:') ? silences.find((one) => one.id === id) : undefined;
    const pause = by.startsWith('pause:') ? pauses.find((one) => one.id === id) : undefined;
    if (silence !== undefined) return silencedUntil(silence, now) !== undefined;
    return pause !== undefined && isPausedAt(pause, now);
  }

  function release(by: Holder, now: number): Carried[] {
    const held = [...unfinished].filter((carried) => carried.held?.by === by).sort(byMaking);
    const context: HeldContext = {
      resolved: new Set(held.flatMap(({ action: { id } }) => (isResolvedByHand(id) ? [id] : []))),
      ended: new Set(held.flatMap(({ action }) => (isEpisodeOver(action) ? (action.episodeId ?? []) : []))),
      silences: world.mutes().silences,
      directory: world.directory(),
      now,
    };
    const { free, passedOn, over } = sortHeld(
      held.map(({ action }) => action),
      by,
      context,
    );
    for (const { id, by: next, until, reason } of passedOn) {
      const carried = byId.get(id);
      if (carried?.held === undefined) continue;
      carried.held = { by: next, at: carried.held.at, ...(until === undefined ? {} : { until }) };
      carried.reason = reason;
    }
    const freed = free.flatMap(({ id }) => byId.get(id) ?? []);
    putOffExpiry(freed, now);
    for (const carried of freed) {
      delete carried.held;
      delete carried.reason;
      carried.nextTryAt = now;
      if (carried.waitsFor.length === 0) jobs.push(carried);
    }
    return over.flatMap(({ action, reason }) => {
      const carried = byId.get(action.id);
      if (carried === undefined) return [];
      carried.state = 'skipped';
      carried.reason = reason;
      return finish(carried, now);
    });
  }

  function isResolvedByHand(alertId: string): boolean {
    const alert = cards.find(alertId);
    return alert?.resolvedAt !== undefined && !isEpisodeOver(alert);
  }

  /** By as long as each was held; what waits for one of them is put off with it. */
  function putOffExpiry(freed: readonly Carried[], now: number): void {
    const expiries = freed.map((carried) => ({
      carried,
      expiresAt: carried.action.expiresAt + Math.max(0, now - (carried.held?.at ?? now)),
    }));
    for (const { carried, expiresAt } of expiries) {
      for (const other of firings.get(carried.action.firing) ?? []) {
        if (other.waitsFor.length > 0 && other.held === undefined) postpone(other, expiresAt);
      }
    }
    for (const { carried, expiresAt } of expiries) postpone(carried, expiresAt);
  }

  function postpone(carried: Carried, expiresAt: number): void {
    if (carried.action.expiresAt < expiresAt) carried.action = { ...carried.action, expiresAt };
  }

  /** As expireActions of services/redrive.ts: what no job carries, and comes too late. */
  function expire(now: number): Carried[] {
    return stranded()
      .filter(({ action }) => action.expiresAt < now)
      .sort((a, b) => a.action.expiresAt - b.action.expiresAt)
      .flatMap((carried) => {
        if (isFinal(carried.state) || !stranded().includes(carried)) return [];
        carried.reason = expiryReason(carried.state);
        carried.state = 'dead';
        return finish(carried, now);
      });
  }

  function stranded(): Carried[] {
    return [...unfinished].filter(
      (carried) =>
        isStranded(toSibling(carried)) &&
        (firings.get(carried.action.firing) ?? []).every(({ held }) => held === undefined),
    );
  }

  return {
    add,
    carryOut,
    nextAt() {
      const moments = [
        ...headsOfLanes().map(({ nextTryAt }) => nextTryAt),
        ...[...unfinished].flatMap(({ held }) => held?.until ?? []),
        ...stranded().map(({ action }) => action.expiresAt + 1),
        ...[cards.nextAt()].filter((at) => at !== undefined),
      ];
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
    all: () => byId.values(),
    changesOf: (sessionId) => changes.get(sessionId) ?? [],
    assignments: () => assignments,
  };
}

/** Guarantee: written by the Slack destination in the shape of AlertCard. */
function toCard(card: unknown): AlertCard {
  return card as AlertCard;
}
