import { sql } from 'drizzle-orm';
import { canonicalJson, type Json, type JsonObject } from '../../../src/domain/json.ts';
import type { World } from '../../../src/domain/test-file.ts';
import { compileRuleset } from '../../../src/engine/compile.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import { editRules } from '../../../src/trial/edit-rules.ts';
import { type Click, createTrial, type Trial } from '../../../src/trial/trial.ts';
import type { TestDatabase, TestDatabaseKind } from '../databases.ts';
import { START } from '../timeline.ts';
import { type Thing, toEventOfDay } from './random-day.ts';
import { AGENTS, CHANNELS, folderOf } from './rule-folder.ts';
import { type ServiceDay, startServiceDay } from './service-day.ts';

/** A day led through a trial and through the service, and what both have made of it. */
const WORLD: World = {
  channels: CHANNELS.map(({ id, name, departmentId }) => ({ id, name, departmentId })),
  agents: AGENTS.map(({ id, zuid, firstName, lastName, departmentIds }) => ({
    id,
    zuid,
    name: `${firstName} ${lastName}`,
    departments: departmentIds,
  })),
  echo: '1s',
};
/** What is still to come after the last thing comes within this. */
const AFTERWARDS_MS = 10 * 60_000;
let days = 0;

function load(files: Map<string, string>) {
  const loaded = loadRuleset(files);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return compileRuleset(loaded.ruleset);
}

/** A database for days: what is lost with the power is no concern of theirs, and waiting for the disk is most of the time. */
export async function openForDays({ open }: TestDatabaseKind): Promise<TestDatabase> {
  const database = await open();
  if (database.url === undefined) return database;
  await database.db.execute(
    sql.raw(`alter database ${new URL(database.url).pathname.slice(1)} set synchronous_commit = off`),
  );
  return { ...database, ...(await database.another()), close: database.close };
}

/** What was decided, carried out and shown: a line for each, in an order of their own. */
export interface Essence {
  decisions: string[];
  actions: string[];
  cards: string[];
}

/**
 * @param rules by id
 * @returns the same day in memory and from the tables
 */
export async function liveTwice(
  database: TestDatabase,
  rules: Record<string, JsonObject>,
  things: readonly Thing[],
): Promise<{ inMemory: Essence; stored: Essence }> {
  days += 1;
  const orgId = `day-${days}`;
  let files = folderOf(rules);
  const ruleset = load(files);
  const trial = createTrial({ ruleset, start: START, world: WORLD, orgId });
  const service = await startServiceDay(database, { orgId, ruleset, start: START, world: WORLD });
  try {
    let upAt = START;
    for (const [at, group] of Map.groupBy(things, (one) => Math.max(START + one.at, 0))) {
      // What comes while the service is down comes when it is back: Zoho Desk sends it again.
      const receivedAt = Math.max(at, upAt);
      await passUntil(trial, service, receivedAt);
      for (const thing of group) {
        if (thing.kind !== 'world') continue;
        trial.changeWorld(thing.world);
        await service.changeWorld(thing.world);
      }
      const events = group.flatMap((thing) => {
        if (thing.kind !== 'event') return [];
        const event = toEventOfDay(thing, { orgId, start: START, receivedAt });
        return thing.twice ? [event, event] : [event];
      });
      const clicks = group.flatMap((thing) => toClick(trial, thing));
      await trial.moment(receivedAt, { events, clicks });
      await service.moment(receivedAt, { events, clicks });
      for (const thing of group) {
        if (thing.kind === 'edit') {
          files = editRules(files, { [thing.edit.id]: thing.edit.change });
          const next = load(files);
          const changed = await service.changeRules(next);
          await trial.changeRules(next, new Set(changed));
        } else if (thing.kind === 'down') {
          upAt = Math.max(upAt, receivedAt + thing.forMs);
          trial.goDown(thing.forMs);
          service.goDown(thing.forMs);
        }
      }
    }
    await passUntil(trial, service, Math.max(trial.now(), upAt) + AFTERWARDS_MS);
    return { inMemory: essenceOfTrial(trial), stored: essenceOfService(await service.rows()) };
  } finally {
    await service.stop();
  }
}

async function passUntil(trial: Trial, service: ServiceDay, at: number): Promise<void> {
  await trial.passUntil(at);
  await service.passUntil(at);
}

/** On one of the cards that there are, in the order of their ids. */
function toClick(trial: Trial, thing: Thing): Click[] {
  if (thing.kind !== 'click') return [];
  const ids = trial
    .cards()
    .map(({ id }) => id)
    .sort();
  const alertId = ids[thing.card % Math.max(1, ids.length)];
  if (alertId === undefined) return [];
  const { button, forMs } = thing;
  return [button === 'snooze' ? { alertId, by: 'U1', button, forMs } : { alertId, by: 'U1', button }];
}

function essenceOfTrial(trial: Trial): Essence {
  return {
    decisions: linesOf(
      trial.record.flatMap((entry) => (entry.kind === 'decision' ? [entry.decision] : [])),
      [],
    ),
    actions: linesOf(
      [...trial.actions()].map(({ action, state, params, result, reason, finishedAt, attempts, held }) => {
        const { id: _, ...what } = pick(action, ACTION_FIELDS);
        return {
          ...what,
          type: action.spec.type,
          state,
          params,
          result: madeHere(result),
          reason,
          finishedAt,
          attempts,
          heldBy: held?.by,
        };
      }),
      [],
    ),
    cards: linesOf(trial.cards(), ALERT_INCIDENTALS),
  };
}

function essenceOfService({ decisions, actions, alerts }: Awaited<ReturnType<ServiceDay['rows']>>): Essence {
  return {
    decisions: linesOf(
      decisions.map(({ id: _, ...decision }) => decision),
      [],
    ),
    actions: linesOf(
      actions.map((row) => {
        const { state, params, result, reason, finishedAt, attempts, type, heldBy } = row;
        const { id: _, ...what } = pick(row, ACTION_FIELDS);
        return {
          ...what,
          type,
          state,
          params: params ?? {},
          result: madeHere(result ?? {}),
          reason,
          finishedAt,
          attempts,
          heldBy,
        };
      }),
      [],
    ),
    cards: linesOf(alerts, ALERT_INCIDENTALS),
  };
}

const ACTION_FIELDS = ['id', 'key', 'ruleId', 'subject', 'sessionId', 'episodeId', 'firedAt', 'createdAt'] as const;
const ALERT_INCIDENTALS = ['slackTs', 'slackChannel', 'card'];
const MADE_THERE = new Set(['ts', 'channel', 'card', 'ticketId', 'commentId']);

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

function madeHere(result: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(result).filter(([name]) => !MADE_THERE.has(name)));
}

/** One line for each, without what is absent, in an order of their own. */
function linesOf(items: readonly object[], incidental: readonly string[]): string[] {
  return items
    .map((item) => {
      const entries = Object.entries(item).filter(
        ([name, value]) => value !== undefined && value !== null && !incidental.includes(name),
      );
      return canonicalJson(JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Json);
    })
    .sort();
}
