import { eq, type SQL, sql } from 'drizzle-orm';
import { createHttpDestination } from '../../../src/delivery/http/http-destination.ts';
import { createSlackDestination } from '../../../src/delivery/slack/slack-destination.ts';
import { createZohoClient, type SessionChange, type ZohoClient } from '../../../src/delivery/zoho-desk/zoho-client.ts';
import { createZohoDestination } from '../../../src/delivery/zoho-desk/zoho-destination.ts';
import type { Destination } from '../../../src/domain/action.ts';
import { createManualClock } from '../../../src/domain/clock.ts';
import { getDuration } from '../../../src/domain/duration.ts';
import { type DeskEvent, SESSION_STATUS_EVENT } from '../../../src/domain/event.ts';
import type { World, WorldFault } from '../../../src/domain/test-file.ts';
import type { CompiledRuleset } from '../../../src/engine/compile.ts';
import { createSlackStandIn } from '../../../src/sandbox/slack/slack-stand-in.ts';
import { sandboxWorld } from '../../../src/sandbox/world.ts';
import { createZohoStandIn } from '../../../src/sandbox/zoho/zoho-stand-in.ts';
import { activateRuleset } from '../../../src/services/activate-ruleset.ts';
import { tendGroups } from '../../../src/services/alert-groups.ts';
import { acknowledgeAlert, resolveAlert, snoozeAlert } from '../../../src/services/alert-verbs.ts';
import { type DeliverDeps, deliverJob } from '../../../src/services/deliver.ts';
import type { ClaimedJob, DeliveryQueue } from '../../../src/services/delivery-queue.ts';
import { createIngest } from '../../../src/services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../../../src/services/process.ts';
import { expireActions } from '../../../src/services/redrive.ts';
import { releaseHeld } from '../../../src/services/release-held.ts';
import { sweepBatch } from '../../../src/services/sweep.ts';
import { tickSchedules } from '../../../src/services/tick-schedules.ts';
import { viewGroup } from '../../../src/store/alert-groups.ts';
import { findAlert } from '../../../src/store/alerts.ts';
import { rowsOf } from '../../../src/store/database.ts';
import { loadRecentAssignments, loadTakenFrom } from '../../../src/store/deliveries.ts';
import { insertPause, insertSilence } from '../../../src/store/mutes.ts';
import { actions, alerts, decisions, sessions } from '../../../src/store/schema.ts';
import type { Click, Trial } from '../../../src/trial/trial.ts';
import { withWorld } from '../../../src/trial/world/directory-of.ts';
import { toEcho } from '../../../src/trial/world/echoes.ts';
import { type Mutes, toMutes } from '../../../src/trial/world/mutes.ts';
import { withFaults } from '../../../src/trial/world/world.ts';
import type { TestDatabase } from '../databases.ts';
import { createMemoryTokenStore } from '../memory-token-store.ts';
import { AGENTS } from './rule-folder.ts';

/**
 * The real service lived through a day in virtual time: its ingest, processing, ticks, sweeps, deliveries and verbs on a
 * database and its queue, between a Zoho Desk and a Slack on sockets. It has the face of a trial, so that both can be led
 * through the same day. What its loops do beside each other is done here one after the other, in the order of a trial.
 */
export interface ServiceDay extends Pick<Trial, 'passUntil' | 'goDown' | 'isDownAt'> {
  moment(at: number, happening: { events?: DeskEvent[]; clicks?: Click[] }): Promise<void>;
  changeWorld(change: World): Promise<void>;
  /** @returns ids of the rules that are new, edited or gone */
  changeRules(ruleset: CompiledRuleset): Promise<string[]>;
  rows(): Promise<ServiceRows>;
  stop(): Promise<void>;
}

export interface ServiceRows {
  decisions: (typeof decisions.$inferSelect)[];
  actions: (typeof actions.$inferSelect)[];
  alerts: (typeof alerts.$inferSelect)[];
}

export interface ServiceDayOptions {
  orgId: string;
  ruleset: CompiledRuleset;
  start: number;
  world: World;
}

const NEVER = new AbortController().signal;
const MOST_ROUNDS = 5_000;

export async function startServiceDay(database: TestDatabase, options: ServiceDayOptions): Promise<ServiceDay> {
  const { orgId, start } = options;
  const { db } = database;
  const clock = createManualClock(start);
  let { ruleset } = options;
  let upAt = start;

  // The world, as a test file tells it.
  const world: World = { agents: [], channels: [] };
  const faults: WorldFault[] = [];
  const offline = new Set<string>();
  let mutes: Mutes = { silences: [], pauses: [] };
  let directory = ruleset.directory;
  let echoMs: number | undefined;

  const zoho = createZohoStandIn({ clock, orgId, echo: false, world: { ...sandboxWorld, agents: AGENTS } });
  const slack = createSlackStandIn({ clock, limits: 'off' });
  await Promise.all([zoho.start(), slack.start()]);

  const echoes: DeskEvent[] = [];
  const changed = new Map<string, SessionChange & { at: number }>();
  const client = echoing(
    createZohoClient({
      deskUrl: zoho.url,
      accountsUrl: zoho.url,
      orgId,
      ...sandboxWorld.oauth,
      clock,
      tokens: createMemoryTokenStore(),
      random: () => 0.5,
    }),
  );

  function echoing(inner: ZohoClient): ZohoClient {
    return {
      ...inner,
      async patchSession(id, change, signal) {
        const before = await inner.getSession(id, signal);
        const after = await inner.patchSession(id, change, signal);
        if (!before.ok || !after.ok) return after;
        const now = clock.now();
        changed.set(id, { ...changed.get(id), ...change, at: now });
        if (echoMs !== undefined) {
          const told = { orgId, directory, changedAt: now, receivedAt: now + echoMs };
          echoes.push(toEcho(before.value, after.value, told));
        }
        return after;
      },
    };
  }

  // A job that is to be tried again later stays claimed until then, so its lane waits for it.
  const delayed: { job: ClaimedJob; at: number }[] = [];
  let waiting = 0;
  const claimed = new Set<string>();
  let touchedAt = 0;
  const queue: DeliveryQueue = {
    ...database.queue,
    async enqueue(tx, jobs) {
      await database.queue.enqueue(tx, jobs);
      waiting += jobs.length;
    },
    async giveBack(_, job, delayMs) {
      delayed.push({ job, at: clock.now() + delayMs });
    },
  };
  const faulty = (destination: Destination) => withFaults(destination, { faults, start, clock });
  const deliverDeps: DeliverDeps = {
    database,
    clock,
    queue,
    destinations: {
      slack: faulty(
        createSlackDestination({
          token: slack.token,
          apiUrl: slack.apiUrl,
          clock,
          pace: async () => ({ ok: true }),
          findAlert: (org, id) => findAlert(db, org, id),
          findGroup: (org, id) => viewGroup(db, org, id, 10),
          directory: () => directory,
        }),
      ),
      'zoho-desk': faulty(
        createZohoDestination({
          client,
          clock,
          directory: () => directory,
          recentAssignments: (org, since) => loadRecentAssignments(db, org, since),
          takenFrom: (org, sessionId, since) => loadTakenFrom(db, org, sessionId, since),
        }),
      ),
      http: faulty(createHttpDestination({ clock, fetch: async () => new Response(null, { status: 200 }) })),
    },
    directory: () => directory,
    storePersonalData: true,
    random: () => 0.5,
  };
  const processDeps: ProcessDeps = {
    database,
    clock,
    queue,
    ruleset: () => ruleset,
    channels: () => new Map((world.channels ?? []).map(({ id, name = id }) => [id, { name }])),
    online: (assigneeId) => {
      const agent = (world.agents ?? []).find(({ id, zuid }) => id === assigneeId || zuid === assigneeId);
      return agent === undefined ? undefined : !offline.has(agent.id);
    },
    storePersonalData: true,
    directory: () => directory,
  };
  const verbs = { database, clock, queue, rulesetHash: () => ruleset.hash };
  const ingest = createIngest({ database, clock, storePersonalData: true, groupMs: 0 });
  const processor = createProcessor(processDeps);

  async function take(events: readonly DeskEvent[]): Promise<void> {
    if (events.length > 0) await ingest(events.map((event) => ({ ok: true, event })));
    await processor.processAll();
    await showChats(events);
  }

  /** Zoho Desk shows the chats of these events as events tell of them, unless we have changed them since. */
  async function showChats(events: readonly DeskEvent[]): Promise<void> {
    if (events.length === 0) return;
    for (const row of await db.select().from(sessions).where(eq(sessions.orgId, orgId))) {
      const told = events.filter(({ sessionId }) => sessionId === row.id);
      if (told.length === 0) continue;
      const agent = AGENTS.find(({ zuid }) => zuid === row.assigneeId);
      const chat =
        zoho.desk.sessions.get(row.id) ??
        zoho.desk.createSession({ id: row.id, channelId: row.channelId ?? '', at: start, status: 'OPEN' });
      const own = changed.get(row.id);
      if (own !== undefined && told.some(({ type, at }) => type === SESSION_STATUS_EVENT && at >= own.at)) {
        changed.delete(row.id);
      }
      const { status, agentId } = changed.get(row.id) ?? {};
      if (status === undefined) chat.status = row.status ?? 'OPEN';
      if (agentId === undefined) {
        delete chat.assignee;
        if (agent !== undefined) chat.assignee = { type: 'AGENT', id: agent.id };
        else if (row.assigneeId !== null) chat.assignee = { type: 'BOT', id: row.assigneeId };
      }
      if (row.replyStatus !== null) chat.replyStatus = row.replyStatus;
    }
  }

  async function click({ alertId, by, ...what }: Click): Promise<void> {
    // One that is not there is a difference that the comparison tells.
    if ((await findAlert(db, orgId, alertId)) === undefined) return;
    if (what.button === 'snooze') {
      await snoozeAlert(verbs, orgId, alertId, { by, until: clock.now() + what.forMs });
    } else await (what.button === 'resolve' ? resolveAlert : acknowledgeAlert)(verbs, orgId, alertId, by);
  }

  /** A job that nobody says is worked on is given to another worker after ten real seconds. */
  async function keepClaims(): Promise<void> {
    if (delayed.length === 0 || Date.now() - touchedAt < 2_000) return;
    await queue.touch(delayed.map(({ job }) => job));
    touchedAt = Date.now();
  }

  /** Whether a job is one of those that wait for their time here, claimed anew since nobody was heard of for ten seconds. */
  function isLapsed(job: ClaimedJob): boolean {
    if (!claimed.has(job.id)) waiting -= 1;
    claimed.add(job.id);
    const known = delayed.find((one) => one.job.id === job.id);
    if (known !== undefined) known.job = job;
    return known !== undefined;
  }

  async function deliverAll(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const next = delayed.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= clock.now());
      if (next === undefined && waiting === 0) return;
      if (next !== undefined) delayed.splice(delayed.indexOf(next), 1);
      const [job] = next === undefined ? await queue.claim(1) : [next.job];
      if (job === undefined) return;
      if (next === undefined && isLapsed(job)) continue;
      await deliverJob(deliverDeps, job, NEVER);
    }
    throw new Error('deliveries do not come to an end');
  }

  /** Whatever is due, one kind after the other, until nothing is. */
  async function settle(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await keepClaims();
      const now = clock.now();
      const { tick, hold, held, group, expiry } = await dues();
      if (tick <= now) await tickSchedules(processDeps, orgId);
      if (hold <= now) await processor.processAll();
      if (held <= now) await releaseHeld(deliverDeps, orgId);
      await deliverAll();
      if (group <= now) await tendGroups(deliverDeps);
      if (expiry <= now) await expireActions(deliverDeps);
      if (Math.min(tick, hold, held, group, expiry) > now) return;
    }
    throw new Error('a moment does not come to an end');
  }

  async function happen(events: readonly DeskEvent[], clicks: readonly Click[]): Promise<void> {
    const now = clock.now();
    const coming = echoes.filter(({ receivedAt }) => receivedAt <= now);
    for (const echo of coming) echoes.splice(echoes.indexOf(echo), 1);
    const all = [...events, ...coming];
    if (all.length > 0) await take(all);
    for (const one of clicks) await click(one);
    await settle();
  }

  /** When something of each kind is due next, epoch ms. */
  async function dues(): Promise<{ tick: number; hold: number; held: number; group: number; expiry: number }> {
    const ms = (what: SQL) => sql`coalesce((extract(epoch from (${what})) * 1000)::float8, 'infinity')`;
    const [row] = rowsOf<Awaited<ReturnType<typeof dues>>>(
      await db.execute(sql`select
        ${ms(sql`select min(next_at) from schedules where org_id = ${orgId}`)} as tick,
        ${ms(sql`select min(next_at) from holds where org_id = ${orgId}`)} as hold,
        ${ms(sql`select min(held_until) from actions where org_id = ${orgId} and held_by is not null`)} as held,
        ${ms(sql`select min(next_at) from alert_groups where org_id = ${orgId}`)} as group,
        ${ms(sql`select min(a.expires_at) + interval '1 ms' from actions a
          where a.org_id = ${orgId} and a.finished_at is null
            and (a.state = 'not_connected' or (a.state = 'queued' and a.waits_for is not null))
            and not exists (select 1 from actions h
              where h.org_id = a.org_id and h.firing = a.firing and h.held_by is not null)`)} as expiry`),
    );
    if (row === undefined) throw new Error('no answer');
    return row;
  }

  async function nextAt(): Promise<number> {
    const due = Object.values(await dues());
    return Math.min(...due, ...delayed.map(({ at }) => at), ...echoes.map(({ receivedAt }) => receivedAt));
  }

  async function changeWorld(next: World): Promise<void> {
    for (const channel of next.channels ?? []) world.channels?.push(channel);
    for (const agent of next.agents ?? []) {
      if (!(world.agents ?? []).some(({ id }) => id === agent.id)) world.agents?.push(agent);
      if (agent.online === false) offline.add(agent.id);
      else if (agent.online === true) offline.delete(agent.id);
      zoho.desk.setOnline(agent.id, !offline.has(agent.id));
    }
    faults.push(...(next.faults ?? []));
    if (next.echo !== undefined) echoMs = getDuration(next.echo);
    directory = withWorld(ruleset.directory, world);
    const before = mutes;
    const named = { ...next, channels: world.channels };
    mutes = toMutes(named, before, { orgId, start, now: clock.now(), rules: ruleset.rules, directory });
    await database.transaction(async (tx) => {
      for (const silence of mutes.silences.slice(before.silences.length)) await insertSilence(tx, silence);
      for (const pause of mutes.pauses.slice(before.pauses.length)) await insertPause(tx, pause);
    });
  }

  async function changeRules(next: CompiledRuleset): Promise<string[]> {
    ruleset = next;
    const changed = await activateRuleset({ database, clock }, orgId, next);
    while (await sweepBatch(processDeps, orgId)) {
      // Until every chat has met them.
    }
    await settle();
    return changed;
  }

  await changeWorld(options.world);
  await changeRules(ruleset);
  await tickSchedules(processDeps, orgId);

  return {
    async passUntil(at) {
      for (let moments = 0; moments < MOST_ROUNDS; moments += 1) {
        const next = await nextAt();
        if (Math.max(next, upAt) >= at) break;
        clock.set(Math.max(clock.now(), next, upAt));
        await happen([], []);
      }
      clock.set(Math.max(clock.now(), at));
    },
    async moment(at, { events = [], clicks = [] }) {
      clock.set(Math.max(clock.now(), at));
      await happen(events, clicks);
    },
    goDown(ms) {
      upAt = Math.max(upAt, clock.now() + ms);
    },
    isDownAt: (at) => at < upAt,
    changeWorld,
    changeRules,
    rows: async () => ({
      decisions: await db.select().from(decisions).where(eq(decisions.orgId, orgId)).orderBy(decisions.id),
      actions: await db.select().from(actions).where(eq(actions.orgId, orgId)),
      alerts: await db.select().from(alerts).where(eq(alerts.orgId, orgId)),
    }),
    async stop() {
      for (const { job } of delayed) await database.transaction((tx) => queue.complete(tx, job));
      await deliverLeft();
      // The next day begins at the same hour: nothing of this one may fall due in it.
      for (const table of ['holds', 'inbox', 'alert_groups', 'actions', 'schedules']) {
        await db.execute(sql`delete from ${sql.identifier(table)} where org_id = ${orgId}`);
      }
      await Promise.all([zoho.stop(), slack.stop()]);
    },
  };

  async function deliverLeft(): Promise<void> {
    for (let jobs = await queue.claim(50); jobs.length > 0; jobs = await queue.claim(50)) {
      for (const job of jobs) await database.transaction((tx) => queue.complete(tx, job));
    }
  }
}
