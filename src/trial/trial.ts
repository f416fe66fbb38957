import type { Action } from '../domain/action.ts';
import type { Alert } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import type { World } from '../domain/test-file.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { toAlert, toCardEdit } from '../engine/emit-actions.ts';
import type { AlertChange } from '../engine/subject-state.ts';
import { type Carried, createDeliveries } from './deliveries.ts';
import { createJudging, decisionsOf, type Judged } from './judging.ts';
import { createWorld } from './world.ts';

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
  changeWorld(change: World): void;
  /** All that happened so far, in order. */
  readonly record: readonly Entry[];
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

export function createTrial({ ruleset: first, start, world: initial, orgId = 'trial' }: TrialOptions): Trial {
  let ruleset = first;
  const world = createWorld(ruleset.directory, start, initial);
  const judging = createJudging({
    orgId,
    ruleset,
    channels: world.channels,
    start,
    online: world.online,
    usualSilence: world.usualSilence,
  });
  const alerts = new Map<string, Alert>();
  const record: Entry[] = [];
  const seen = new Set<string>();
  const deliveries = createDeliveries({ world, isEpisodeOver, isOpen, onFailureActions: openFailureAlerts });
  let now = start;
  let upAt = start;

  function isEpisodeOver({ subject, episodeId }: Action): boolean {
    if (episodeId === undefined) return false;
    return judging.stateOf(subject)?.episodes.every(({ id }) => id !== episodeId) ?? true;
  }

  function isOpen(alertId: string): boolean {
    const alert = alerts.get(alertId);
    return alert !== undefined && alert.state !== 'resolved';
  }

  function openFailureAlerts(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.spec.type !== 'slack.alert' || action.episodeId === undefined) continue;
      alerts.set(action.id, toAlert(action));
      changeEpisode(action.subject, action.episodeId, (episode) => ({
        ...episode,
        alertIds: [...episode.alertIds, action.id],
      }));
    }
  }

  function changeEpisode(subject: string, id: string, change: (episode: Episode) => Episode): void {
    judging.change(subject, (state) => ({
      ...state,
      episodes: state.episodes.map((episode) => (episode.id === id ? change(episode) : episode)),
    }));
  }

  function keep(judged: readonly Judged[]): void {
    for (const decision of decisionsOf(judged)) record.push({ kind: 'decision', at: now, decision });
    for (const { effects } of judged) {
      for (const alert of effects.alerts) alerts.set(alert.id, alert);
      for (const change of effects.alertChanges) changeAlert(change);
      note(deliveries.add(effects.actions, now));
    }
  }

  function changeAlert({ id, state, at, reason }: AlertChange): void {
    const alert = alerts.get(id);
    if (alert === undefined || alert.state === 'resolved') return;
    if (state === 'resolved') alerts.set(id, { ...alert, state, resolvedAt: at, resolvedReason: reason });
    else if (alert.state === 'snoozed') alerts.set(id, { ...alert, state });
  }

  function note(settled: readonly Carried[]): void {
    for (const carried of settled) record.push({ kind: 'action', at: now, carried: { ...carried } });
  }

  /** The same rules as services/alert-verbs.ts: an acknowledgement counts for the episode, nothing reopens a resolved card. */
  function carryOutClick(click: Click): void {
    record.push({ kind: 'click', at: now, click });
    const { alertId, button, by } = click;
    const alert = alerts.get(alertId);
    if (alert === undefined || alert.state === 'resolved') return;
    if (click.button === 'snooze') {
      snooze(alert, by, now + click.forMs);
      return;
    }
    const { subject, episodeId } = alert;
    if (episodeId !== undefined) {
      changeEpisode(subject, episodeId, (episode) => ({ ...episode, acknowledgedAt: episode.acknowledgedAt ?? now }));
    }
    const at = new Date(now).toISOString();
    if (button === 'resolve') {
      const reason = `resolved by ${by}`;
      alerts.set(alertId, { ...alert, state: 'resolved', resolvedAt: now, resolvedReason: reason });
      edit(alert, { version: 'resolved', params: { change: 'resolved', at, by, reason } });
    } else if (alert.state !== 'acknowledged') {
      alerts.set(alertId, { ...alert, state: 'acknowledged', acknowledgedAt: now, acknowledgedBy: by });
      edit(alert, { version: 'acknowledged', params: { change: 'acknowledged', at, by } });
    }
  }

  /** Steps and repeats stand still until then: their times move by as much. An alert that is acknowledged stays so. */
  function snooze(alert: Alert, by: string, until: number): void {
    if (alert.state === 'acknowledged') return;
    alerts.set(alert.id, { ...alert, state: 'snoozed', snoozedUntil: until });
    if (alert.episodeId !== undefined) {
      changeEpisode(alert.subject, alert.episodeId, (episode) => ({
        ...episode,
        snoozedUntil: until,
        pausedMs: episode.pausedMs + until - Math.max(now, episode.snoozedUntil ?? now),
        nextAt: Math.min(until, episode.falseSince === undefined ? until : (episode.nextAt ?? until)),
      }));
    }
    const params = { change: 'snoozed', at: new Date(until).toISOString(), by };
    edit(alert, { version: `snoozed-${until}`, params });
  }

  function edit(alert: Alert, change: Parameters<typeof toCardEdit>[1]): void {
    note(deliveries.add([toCardEdit(alert, change, ruleset.hash, now)], now));
  }

  async function settle(): Promise<void> {
    keep(await judging.due(now));
    note(deliveries.carryOut(now));
  }

  function nextAt(): number | undefined {
    const moments = [judging.nextAt(), deliveries.nextAt()].flatMap((at) => at ?? []);
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
        await settle();
      }
      now = Math.max(now, at);
    },
    async moment(at, { events = [], clicks = [] } = {}) {
      now = Math.max(now, at);
      // The same event again is stored once, and judged once.
      const fresh = [...new Map(events.map((event) => [event.key, event])).values()].filter(
        ({ key }) => !seen.has(key),
      );
      for (const event of fresh) {
        seen.add(event.key);
        record.push({ kind: 'event', at: now, event });
      }
      if (now < upAt) return;
      keep(await judging.take(fresh, now));
      for (const click of clicks) carryOutClick(click);
      await settle();
    },
    async changeRules(next, changed) {
      ruleset = next;
      keep(await judging.sweep(next, changed, now));
    },
    goDown(ms) {
      upAt = Math.max(upAt, now + ms);
    },
    isDownAt: (at) => at < upAt,
    changeWorld: world.change,
    record,
    cards: () => [...alerts.values()],
    sessionOf: (subject) => judging.stateOf(subject)?.session,
  };
}
