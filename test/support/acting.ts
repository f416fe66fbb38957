import { eq } from 'drizzle-orm';
import type { Delivery, DeliveryOutcome, Destination, DestinationName } from '../../src/domain/action.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { Directory, Rule } from '../../src/domain/rule.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { type DeliverDeps, deliverJob } from '../../src/services/deliver.ts';
import type { ClaimedJob, DeliveryQueue } from '../../src/services/delivery-queue.ts';
import { createIngest } from '../../src/services/ingest.ts';
import type { CardOptions } from '../../src/services/join-groups.ts';
import { createProcessor } from '../../src/services/process.ts';
import type { Database } from '../../src/store/database.ts';
import { actions, attempts } from '../../src/store/schema.ts';
import { emptyDirectory, rulesetOf } from './rules.ts';
import { START, statusEvent } from './timeline.ts';

/** What a destination is to answer to its next deliveries; after the last one it delivers. */
export type Answer = DeliveryOutcome | ((delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>);

/** A destination that answers as it is told and remembers what it was given. */
export interface ScriptedDestination extends Destination {
  connected: boolean;
  answers: Answer[];
  readonly deliveries: Delivery[];
}

export function scripted(name: DestinationName): ScriptedDestination {
  const destination: ScriptedDestination = {
    name,
    connected: true,
    answers: [],
    deliveries: [],
    async deliver(delivery, signal) {
      destination.deliveries.push(delivery);
      const answer = destination.answers.shift() ?? { kind: 'delivered', result: {} };
      return typeof answer === 'function' ? answer(delivery, signal) : answer;
    },
  };
  return destination;
}

/**
 * The service from event to settled delivery in one portal of its own, with stand-in destinations. Retries need no
 * waiting: the delays that jobs are given back with are only noted.
 */
export interface Acting {
  orgId: string;
  clock: ManualClock;
  slack: ScriptedDestination;
  zoho: ScriptedDestination;
  http: ScriptedDestination;
  deps: DeliverDeps;
  ruleset: CompiledRuleset;
  /** Delays of the jobs that were given back, ms. */
  delays: number[];
  /** Stores and judges events. */
  take(...events: DeskEvent[]): Promise<void>;
  /** Judges what is due. */
  judge(): Promise<void>;
  claim(limit?: number): Promise<ClaimedJob[]>;
  /** Carries out one round of jobs. @returns how many there were */
  deliverOnce(signal?: AbortSignal): Promise<number>;
  /** Carries out jobs until none is left that may run. */
  deliverAll(): Promise<void>;
  /** The portal's actions by place in their firing. */
  actions(): Promise<(typeof actions.$inferSelect)[]>;
  attempts(): Promise<(typeof attempts.$inferSelect)[]>;
}

let portals = 0;
/** Enough for any script; a job that comes back for ever fails the test instead of hanging it. */
const MAX_ROUNDS = 200;

export function createActing(
  database: Database & { queue: DeliveryQueue },
  rules: Rule[],
  options: {
    storePersonalData?: boolean;
    ownerChannel?: string;
    directory?: Directory;
    cards?: CardOptions;
    calendars?: ReadonlyMap<string, Calendar>;
  } = {},
): Acting {
  portals += 1;
  const orgId = `acting-${portals}`;
  const { storePersonalData = false, directory = emptyDirectory(), cards, calendars } = options;
  const clock = createManualClock(START);
  const ruleset = rulesetOf(rules, {}, calendars);
  const delays: number[] = [];
  const queue: DeliveryQueue = {
    ...database.queue,
    async giveBack(tx, job, delayMs) {
      delays.push(delayMs);
      await database.queue.giveBack(tx, job, 0);
    },
  };
  const ingest = createIngest({ database, clock, storePersonalData });
  const processor = createProcessor({
    database,
    clock,
    queue,
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData,
    directory: () => directory,
    ownerChannel: options.ownerChannel,
    cards,
  });
  const slack = scripted('slack');
  const zoho = scripted('zoho-desk');
  const http = scripted('http');
  const deps: DeliverDeps = {
    database,
    clock,
    queue,
    destinations: { slack, 'zoho-desk': zoho, http },
    directory: emptyDirectory,
    storePersonalData,
    cards,
    random: () => 0.5,
  };
  const never = new AbortController().signal;

  /** Jobs that an earlier test left behind are ended. */
  async function claim(limit = 10): Promise<ClaimedJob[]> {
    const jobs = await queue.claim(limit);
    const foreign = jobs.filter((job) => job.orgId !== orgId);
    for (const job of foreign) await database.transaction((tx) => queue.complete(tx, job));
    const own = jobs.filter((job) => job.orgId === orgId);
    return own.length === 0 && foreign.length > 0 ? claim(limit) : own;
  }

  async function deliverOnce(signal = never): Promise<number> {
    const jobs = await claim();
    await Promise.all(jobs.map((job) => deliverJob(deps, job, signal)));
    return jobs.length;
  }

  return {
    orgId,
    clock,
    slack,
    zoho,
    http,
    deps,
    ruleset,
    delays,
    async take(...events) {
      await ingest(events.map((event) => ({ ok: true, event: { ...event, orgId } })));
      await processor.processAll();
    },
    judge: async () => {
      await processor.processAll();
    },
    claim,
    deliverOnce,
    async deliverAll() {
      for (let round = 0; round < MAX_ROUNDS; round += 1) if ((await deliverOnce()) === 0) return;
      throw new Error('deliveries do not come to an end');
    },
    async actions() {
      const rows = await database.db.select().from(actions).where(eq(actions.orgId, orgId));
      return rows.sort((a, b) => (`${a.firing} ${a.path}` < `${b.firing} ${b.path}` ? -1 : 1));
    },
    async attempts() {
      const rows = await database.db.select().from(attempts).where(eq(attempts.orgId, orgId));
      return rows.sort((a, b) => a.attempt - b.attempt);
    },
  };
}

/** An event that makes every rule on IM_Session_Status fire. */
export function aStatus(sessionId = 's1', at = START): DeskEvent {
  return statusEvent(at, 'OPEN', { sessionId });
}
