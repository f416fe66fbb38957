import type { Action } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import type { World } from '../domain/test-file.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { toCardEdit } from '../engine/emit-actions.ts';
import { isSameSnooze } from '../services/alert-verbs.ts';
import { toOwnChange } from '../services/own-changes.ts';
import { createCards } from './cards.ts';
import type { Carried } from './carried.ts';
import { createDeliveries } from './deliveries.ts';
import { createJudging, decisionsOf, type Judged } from './judging.ts';
import { createEchoes } from './world/echoes.ts';
import { createWorld } from './world/world.ts';

/**
 * A ruleset tried in memory: events go in, virtual time passes, and what the rules decide and do is recorded instead of
 * reaching anybody. It is the service's own judging and the service's own rules of delivery; only the database, the
 * queue and the other systems are replaced. The same input gives the same record, always.
 */
export interface Trial {
  /** The present of its virtual time, epoch ms. */
  now(): number;
  /** Lets time pass to just before `at`: whatever falls due meanwhile happens at its own moment. */
  passUntil(at: number): Promise<void>;
  /** What happens at `at`: the events, the clicks, then what is due, then the deliveries. */
  moment(at: number, happening?: Happening): Promise<void>;
  /** Rules come into force, of which these are new, edited or gone. */
  changeRules(ruleset: CompiledRuleset, changed: ReadonlySet<string>): Promise<void>;
  /** Nothing is judged or delivered for `ms` from now on. */
  goDown(ms: number): void;
  isDownAt(at: number): boolean;
  /** @throws AppError for a silence or a pause of what nobody knows */
  changeWorld(change: World): void;
  /** All that happened so far, in order. */
  readonly record: readonly Entry[];
  /** Every action that was queued, as it stands. */
  actions(): Iterable<Carried>;
  /** Every card that was opened, as it stands. */
  cards(): Alert[];
  /** A chat as it stands; undefined when no event told of it. */
  sessionOf(subject: string): Session | undefined;
}

export interface Happening {
  events?: DeskEvent[];
  clicks?: Click[];
}

export type Click = { alertId: string; by: string } & (
  | { button: 'acknowledge' | 'resolve' }
  | { button: 'snooze'; forMs: number }
);

/** One thing that happened, for expectations and for the timeline that people read. */
export type Entry =
  | { kind: 'event'; at: number; event: DeskEvent }
  | { kind: 'decision'; at: number; decision: Decision }
  | { kind: 'action'; at: number; carried: Carried }
  | { kind: 'click'; at: number; click: Click };

export interface TrialOptions {
  ruleset: CompiledRuleset;
  /** The virtual time of the beginning, epoch ms. */
  start: number;
  world?: World | undefined;
  orgId?: string;
}

/** More moments between two steps than any sane ruleset has: a rule that wakes itself for ever is told, not waited for. */
const MAX_MOMENTS = 100_000;

/** @throws AppError for a silence or a pause of what nobody knows */
export function createTrial({ ruleset: first, start, world: initial, orgId = 'trial' }: TrialOptions): Trial {
  let ruleset = first;
  let now = start;
  let upAt = start;
  const record: Entry[] = [];
  const seen = new Set<string>();
  const cards = createCards(() => world.cardBudget());
  const echoes = createEchoes({ orgId, directory: () => world.directory(), afterMs: () => world.echoMs() });
  const world = createWorld({
    orgId,
    clock: { now: () => now, sleep: async () => {} },
    rules: () => ruleset.rules,
    directory: ruleset.directory,
    initial,
    sessions: () => [...judging.subjects()].flatMap(({ session }) => session ?? []),
    sessionOf: (id) => judging.stateOf(id)?.session,
    findAlert: async (_, id) => cards.find(id),
    findGroup: async (_, id) => cards.view(id),
    recentAssignments: async (_, since) => deliveries.assignments().filter(({ at }) => at >= since),
    takenFrom: async (_, sessionId, since) =>
      deliveries
        .assignments()
        .flatMap((one) => (one.sessionId === sessionId && one.at >= since ? (one.previousAgentId ?? []) : [])),
    onChatChanged: (before, after) => echoes.add(before, after, now),
  });
  const judging = createJudging({
    orgId,
    ruleset,
    channels: world.channels,
    start,
    online: world.online,
    usualSilence: world.usualSilence,
    silences: () => world.mutes().silences,
    ownChanges,
  });
  const deliveries = createDeliveries({ world, cards, isEpisodeOver, addEpisodeAlerts });

  function ownChanges(subject: string) {
    return deliveries.changesOf(subject).flatMap(({ carried: { action, result, tries }, startedAt }) => {
      const { id: actionId, spec, expected = null } = action;
      const outcome = tries.find((one) => one.startedAt === startedAt)?.outcome;
      if (outcome !== 'delivering' && outcome !== 'delivered' && outcome !== 'uncertain') return [];
      const { type, params } = spec;
      const attempt = { orgId, sessionId: subject, actionId, type, params, result, expected, startedAt };
      return toOwnChange(attempt, world.directory()) ?? [];
    });
  }

  function isEpisodeOver({ subject, episodeId }: Pick<Action, 'subject' | 'episodeId'>): boolean {
    if (episodeId === undefined) return false;
    return judging.stateOf(subject)?.episodes.every(({ id }) => id !== episodeId) ?? true;
  }

  function addEpisodeAlerts(action: Action, alertIds: readonly string[]): boolean {
    changeEpisode(action.subject, action.episodeId, (episode) => ({
      ...episode,
      alertIds: [...episode.alertIds, ...alertIds],
    }));
    return isEpisodeOver(action);
  }

  function changeEpisode(subject: string, id: string | undefined, change: (episode: Episode) => Episode): void {
    judging.change(subject, (state) => ({
      ...state,
      episodes: state.episodes.map((episode) => (episode.id === id ? change(episode) : episode)),
    }));
  }

  async function keep(judged: readonly Judged[]): Promise<void> {
    for (const decision of decisionsOf(judged)) record.push({ kind: 'decision', at: now, decision });
    for (const { effects } of judged) {
      note(await deliveries.add(effects.actions, effects.alerts, now));
      for (const change of effects.alertChanges) cards.apply(change);
    }
  }

  function note(settled: readonly Carried[]): void {
    for (const carried of settled) record.push({ kind: 'action', at: now, carried: { ...carried } });
  }

  /** The same rules as services/alert-verbs.ts: an acknowledgement counts for the episode, nothing reopens a resolved card. */
  async function carryOutClick(click: Click): Promise<void> {
    record.push({ kind: 'click', at: now, click });
    const { alertId, button, by } = click;
    const alert = cards.find(alertId);
    if (alert === undefined || alert.state === 'resolved') return;
    if (click.button === 'snooze') return snooze(alert, by, now + click.forMs);
    const at = new Date(now).toISOString();
    const { snoozedUntil: _, ...rest } = alert;
    if (button === 'acknowledge' && alert.state === 'acknowledged') return;
    changeEpisode(alert.subject, alert.episodeId, (episode) => ({
      ...episode,
      acknowledgedAt: episode.acknowledgedAt ?? now,
    }));
    if (button === 'resolve') {
      const reason = `resolved by ${by}`;
      cards.put({ ...rest, state: 'resolved', resolvedAt: now, resolvedReason: reason });
      await edit(alert, { version: 'resolved', params: { change: 'resolved', at, by, reason } });
    } else {
      cards.put({ ...rest, state: 'acknowledged', acknowledgedAt: now, acknowledgedBy: by });
      await edit(alert, { version: 'acknowledged', params: { change: 'acknowledged', at, by } });
    }
  }

  /** Steps and repeats stand still until then: their times move by as much. An alert that is acknowledged stays so. */
  async function snooze(alert: Alert, by: string, until: number): Promise<void> {
    const { state, snoozedUntil } = alert;
    if (state === 'acknowledged' || isSameSnooze(snoozedUntil, until)) return;
    cards.change(alert.id, { state: 'snoozed', snoozedUntil: until });
    changeEpisode(alert.subject, alert.episodeId, (episode) => {
      if (episode.state !== 'fired' || episode.acknowledgedAt !== undefined) return episode;
      return {
        ...episode,
        snoozedUntil: until,
        pausedMs: episode.pausedMs + until - Math.max(now, episode.snoozedUntil ?? now),
        nextAt: Math.min(until, episode.falseSince === undefined ? until : (episode.nextAt ?? until)),
      };
    });
    const params = { change: 'snoozed', at: new Date(until).toISOString(), by };
    await edit(alert, { version: `snoozed-${until}`, params });
  }

  /** The card of a member is that of its group, which counts it. */
  async function edit(alert: Alert, change: Parameters<typeof toCardEdit>[1]): Promise<void> {
    if (alert.groupId !== undefined) cards.hasten(alert.groupId, now);
    else note(await deliveries.add([toCardEdit(alert, change, ruleset.hash, now)], [], now));
  }

  async function settle(): Promise<void> {
    await keep(await judging.due(now));
    note(await deliveries.carryOut(now));
  }

  /** Takes note of what is new of these events: the same event again is stored once, and judged once. */
  function meet(events: readonly DeskEvent[]): DeskEvent[] {
    const fresh: DeskEvent[] = [];
    for (const event of events) {
      if (seen.has(event.key)) continue;
      seen.add(event.key);
      world.heard(event);
      record.push({ kind: 'event', at: now, event });
      fresh.push(event);
    }
    return fresh;
  }

  /** One moment of the service's time. */
  async function happen({ events = [], clicks = [] }: Happening): Promise<void> {
    await keep(await judging.take(meet([...events, ...echoes.take(now)]), now));
    for (const click of clicks) await carryOutClick(click);
    await settle();
  }

  function nextAt(): number | undefined {
    const moments = [judging.nextAt(), deliveries.nextAt(), echoes.nextAt()].flatMap((at) => at ?? []);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  return {
    now: () => now,
    async passUntil(at) {
      for (let moments = 0; ; moments += 1) {
        const next = nextAt();
        if (next === undefined || Math.max(next, upAt) >= at) break;
        if (moments > MAX_MOMENTS) throw new RangeError(`more than ${MAX_MOMENTS} things fell due one after the other`);
        now = Math.max(now, next, upAt);
        await happen({});
      }
      now = Math.max(now, at);
    },
    async moment(at, happening = {}) {
      now = Math.max(now, at);
      if (now < upAt) meet(happening.events ?? []);
      else await happen(happening);
    },
    async changeRules(next, changed) {
      ruleset = next;
      await keep(await judging.sweep(next, changed, now));
    },
    goDown(ms) {
      upAt = Math.max(upAt, now + ms);
    },
    isDownAt: (at) => at < upAt,
    changeWorld: world.change,
    record,
    actions: deliveries.all,
    cards: cards.all,
    sessionOf: (subject) => judging.stateOf(subject)?.session,
  };
}
