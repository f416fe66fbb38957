import { createHttpDestination } from '../../delivery/http/http-destination.ts';
import { createSlackDestination, type SlackCall } from '../../delivery/slack/slack-destination.ts';
import type { FindAlert, FindGroup } from '../../delivery/slack/slack-ports.ts';
import type { TakenFrom } from '../../delivery/zoho-desk/barred-agents.ts';
import type { RecentAssignments } from '../../delivery/zoho-desk/own-assignments.ts';
import { createZohoDestination } from '../../delivery/zoho-desk/zoho-destination.ts';
import type { ZohoSession } from '../../delivery/zoho-desk/zoho-records.ts';
import type { Delivery, DeliveryOutcome, Destination, DestinationName } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import { getDuration } from '../../domain/duration.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Directory, Rule } from '../../domain/rule.ts';
import type { Session } from '../../domain/session.ts';
import type { World, WorldFault } from '../../domain/test-file.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { createTrialDesk, type DeskAgent } from './desk.ts';
import { withWorld } from './directory-of.ts';
import { type Mutes, toMutes } from './mutes.ts';

/**
 * The world of a trial: agents, channels, silences and pauses as a test names them, and the service's own destinations
 * before other sides that do as they should, or as the test's faults say. Nothing in it is random.
 */
export interface TrialWorld {
  channels(): ReadonlyMap<string, KnownChannel>;
  /** The directory of the rules, completed by the world's agents. */
  directory(): Directory;
  /** Whether an agent is online, by ZUID or Desk id; undefined when the world has no such agent. */
  online(assigneeId: string): boolean | undefined;
  /** The longest that a channel is ever silent, ms; undefined: nobody knows. */
  usualSilence(channelId: string): number | undefined;
  mutes(): Mutes;
  /** Cards of their own that a Slack channel gets in a minute; undefined: as many as there are. */
  cardBudget(): number | undefined;
  /** How long after a change of ours Zoho Desk tells of it, ms; undefined: never. */
  echoMs(): number | undefined;
  /** What is different from now on: agents and channels by id; faults, silences and pauses are added. @throws AppError */
  change(change: World): void;
  /** Undefined for what ends in our own tables. */
  destination(name: DestinationName): Destination | undefined;
  heard(event: DeskEvent): void;
}

export interface TrialWorldOptions {
  orgId: string;
  clock: Clock;
  rules: () => readonly Rule[];
  /** Of the rules. */
  directory: Directory;
  initial?: World | undefined;
  sessions: () => Iterable<Session>;
  sessionOf: (id: string) => Session | undefined;
  findAlert: FindAlert;
  findGroup: FindGroup;
  recentAssignments: RecentAssignments;
  takenFrom: TakenFrom;
  /** An action of ours has changed a chat. */
  onChatChanged: (before: ZohoSession, after: ZohoSession) => void;
}

export function createWorld(options: TrialWorldOptions): TrialWorld {
  const { orgId, clock, initial = {} } = options;
  const start = clock.now();
  const channels = new Map<string, KnownChannel>();
  const silences = new Map<string, number>();
  const agents = new Map<string, DeskAgent>();
  const faults: WorldFault[] = [];
  let mutes: Mutes = { silences: [], pauses: [] };
  let cardBudget: number | undefined;
  let echoMs: number | undefined;
  let merged = options.directory;

  function change(next: World): void {
    for (const { id, usualSilence, ...channel } of next.channels ?? []) {
      channels.set(id, { ...channels.get(id), ...withoutUndefined(channel) });
      if (usualSilence !== undefined) silences.set(id, getDuration(usualSilence));
    }
    for (const { id, ...agent } of next.agents ?? []) {
      const before = agents.get(id) ?? {
        id,
        zuid: zuidOf(options.directory, id),
        online: true,
        sessions: 0,
        departments: [],
      };
      agents.set(id, { ...before, ...withoutUndefined(agent) });
    }
    faults.push(...(next.faults ?? []));
    merged = withWorld(options.directory, {
      agents: [...agents.values()].map((agent) => ({ ...agent, departments: [...agent.departments] })),
      channels: [...channels].map(([id, channel]) => ({ id, ...channel })),
    });
    const named = {
      channels: [...channels].map(([id, { name }]) => ({ id, ...(name === undefined ? {} : { name }) })),
    };
    const context = { orgId, start, now: clock.now(), rules: options.rules(), directory: merged };
    mutes = toMutes({ ...next, ...named }, mutes, context);
    cardBudget = next.cardBudget ?? cardBudget;
    if (next.echo !== undefined) echoMs = getDuration(next.echo);
  }

  const desk = createTrialDesk({
    now: clock.now,
    directory: () => merged,
    agents: () => agents.values(),
    departmentOfChannel: (id) => channels.get(id)?.departmentId,
    sessions: options.sessions,
    sessionOf: options.sessionOf,
    onChanged: options.onChatChanged,
  });
  const zoho = createZohoDestination({ ...options, client: desk.client, directory: () => merged });
  const destinations = new Map<DestinationName, Destination>();
  for (const destination of [
    createSlack(options, () => merged),
    expectingBots(zoho, desk.expectBot),
    createHttp(clock),
  ]) {
    destinations.set(destination.name, withFaults(destination, { faults, start, clock }));
  }

  change(initial);
  return {
    channels: () => channels,
    directory: () => merged,
    online: (id) => (agents.get(id) ?? [...agents.values()].find(({ zuid }) => zuid === id))?.online,
    usualSilence: (id) => silences.get(id),
    mutes: () => mutes,
    cardBudget: () => cardBudget,
    echoMs: () => echoMs,
    change,
    destination: (name) => destinations.get(name),
    heard: desk.heard,
  };
}

function zuidOf(directory: Directory, id: string): string {
  return directory.agents.get(id)?.zuid ?? id;
}

/** A Slack that takes every message. */
function createSlack({ clock, findAlert, findGroup }: TrialWorldOptions, directory: () => Directory): Destination {
  let messages = 0;
  const call: SlackCall = async (method, { channel, ts }) => {
    if (method !== 'chat.postMessage') return { ok: true, data: { channel, ts } };
    messages += 1;
    return { ok: true, data: { channel, ts: String(messages) } };
  };
  const pace = async () => ({ ok: true }) as const;
  return createSlackDestination({ token: 'of a trial', clock, pace, findAlert, findGroup, directory, call });
}

/** Other systems that answer 200. */
function createHttp(clock: Clock): Destination {
  return createHttpDestination({ clock, fetch: async () => new Response(null, { status: 200 }) });
}

function expectingBots(zoho: Destination, expect: (id: string) => void): Destination {
  return {
    ...zoho,
    deliver(delivery, signal) {
      const { botId } = delivery.params;
      if (typeof botId === 'string') expect(botId);
      return zoho.deliver(delivery, signal);
    },
  };
}

/** A destination that answers as the faults of a test say, while they last. */
export function withFaults(
  destination: Destination,
  { faults, start, clock }: { faults: readonly WorldFault[]; start: number; clock: Pick<Clock, 'now'> },
): Destination {
  const { name } = destination;
  const faultNow = () =>
    faults.find(
      ({ destination: of, from, to }) =>
        of === name &&
        clock.now() >= start + (from === undefined ? 0 : getDuration(from)) &&
        (to === undefined || clock.now() < start + getDuration(to)),
    );
  return {
    name,
    get connected() {
      return faultNow()?.answer !== 'not_connected';
    },
    async deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
      switch (faultNow()?.answer) {
        case 'down':
          return { kind: 'retry', reason: `${name} does not answer in this test` };
        case 'refused':
          return { kind: 'refused', reason: `${name} refuses everything in this test` };
        case 'lost':
          if (!delivery.mayHaveHappened) await destination.deliver(delivery, signal);
          return { kind: 'uncertain', reason: `the answer of ${name} is lost in this test` };
        default:
          return destination.deliver(delivery, signal);
      }
    },
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Defined<T>>;
}
