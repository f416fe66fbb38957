import * as z from 'zod';
import type { Delivery, DeliveryOutcome } from '../../domain/action.ts';
import type { JsonObject } from '../../domain/json.ts';
import { optionalName, readParams } from '../rendered-params.ts';
import type { AgentPool } from './agent-pool.ts';
import type { BarredAgents } from './barred-agents.ts';
import { changeSession } from './change-session.ts';
import type { DeskNames } from './desk-names.ts';
import type { OwnAssignments } from './own-assignments.ts';
import { rankAgents } from './rank-agents.ts';
import { verifySession } from './verify-session.ts';
import type { SessionChange, ZohoClient } from './zoho-client.ts';
import { toZohoOutcome } from './zoho-outcome.ts';
import type { ZohoSession } from './zoho-records.ts';
import type { ZohoFailure } from './zoho-result.ts';

/** zoho.assignSession: gives a chat to an agent or a bot that the rule names, or to the agent who is picked. */
export interface AssignDeps {
  client: ZohoClient;
  names: DeskNames;
  pool: AgentPool;
  own: OwnAssignments;
  barred: BarredAgents;
}

const schema = z.object({
  agentId: optionalName,
  botId: optionalName,
  pick: z.enum(['leastBusy', 'roundRobin', 'sameAsLast'], { error: 'is no way to pick' }).optional(),
  from: z
    .object({
      department: optionalName,
      agents: z.array(optionalName).optional(),
      team: optionalName,
    })
    .optional(),
  maxLoad: z.number().optional(),
});
type Params = z.output<typeof schema>;
type Target = { kind: 'agent' | 'bot'; id: string };

/** Each refusal costs a call; after so many something else is wrong. */
const MAX_REFUSALS = 5;
/** Statuses in which a chat is not to be given to anybody. */
const CLOSED = new Set(['ENDED', 'BLOCKED']);

export async function assignSession(
  delivery: Delivery,
  deps: AssignDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const read = readParams(schema, delivery.params);
  if (!read.ok) return { kind: 'refused', reason: read.reason };
  const { params } = read;
  const target = await findTarget(params, deps, signal);
  if (target !== undefined && 'outcome' in target) return target.outcome;
  const findDone = (session: ZohoSession) => findAssigned(session, target, delivery, deps, signal);
  const verified = await verifySession(delivery, { ...deps, findDone }, signal);
  if ('outcome' in verified) return verified.outcome;
  const { session } = verified;
  if (session.status !== undefined && CLOSED.has(session.status)) {
    return { kind: 'skipped', reason: `the chat is ${session.status}: nobody is to get it` };
  }
  if (target === undefined) return assignPicked(delivery, params, session, deps, signal);
  if (session.assignee?.id === target.id)
    return { kind: 'skipped', reason: 'the chat is with the wanted assignee already' };
  if (target.kind === 'agent' && (await deps.barred.load(delivery)).has(target.id)) {
    return { kind: 'skipped', reason: 'it was taken from this agent, who let it wait: it does not go back' };
  }
  const assigned = await assign(session, target, deps, signal);
  return assigned.ok ? assigned.outcome : toZohoOutcome(assigned, signal);
}

/** The agent or bot that the rule names; undefined when one is to be picked. */
async function findTarget(
  params: Params,
  { names }: AssignDeps,
  signal: AbortSignal,
): Promise<Target | { outcome: DeliveryOutcome } | undefined> {
  const { agentId, botId, pick } = params;
  const refuse = (reason: string) => ({ outcome: { kind: 'refused' as const, reason } });
  if ([agentId, botId, pick].filter((one) => one !== undefined).length !== 1) {
    return refuse('exactly one of agentId, botId and pick is needed; a template may have rendered to nothing');
  }
  if (pick !== undefined) return undefined;
  const kind = agentId === undefined ? 'bot' : 'agent';
  const id = agentId === undefined ? await names.botId(botId ?? '', signal) : await names.agentId(agentId, signal);
  if (!id.ok) return { outcome: toZohoOutcome(id, signal) };
  if (id.value === undefined) return refuse(`${kind}Id names no ${kind} that the directory or Zoho Desk knows`);
  return { kind, id: id.value };
}

/**
 * Whether an earlier attempt, whose answer was lost, went through. For a pick, whom it picked is not known any more: an
 * agent other than the one of the firing is taken for the one.
 */
async function findAssigned(
  session: ZohoSession,
  target: Target | undefined,
  delivery: Delivery,
  deps: AssignDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome | undefined> {
  const { assignee } = session;
  if (assignee === undefined) return undefined;
  if (target !== undefined) {
    return assignee.id === target.id ? toDelivered(session, target, undefined, deps, signal) : undefined;
  }
  const raw = delivery.session?.assigneeId;
  const before = raw === undefined ? undefined : await deps.names.agentId(raw, signal);
  if (before !== undefined && (!before.ok || before.value === undefined)) return undefined;
  if (assignee.type !== 'AGENT' || assignee.id === before?.value) return undefined;
  return toDelivered(session, { kind: 'agent', id: assignee.id }, before?.value, deps, signal);
}

async function assignPicked(
  delivery: Delivery,
  params: Params,
  session: ZohoSession,
  deps: AssignDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const { pick = 'leastBusy', from, maxLoad } = params;
  const agents = from?.agents?.filter((name) => name !== undefined);
  const withLoad = pick !== 'roundRobin' || maxLoad !== undefined;
  const barred = await deps.barred.load(delivery);
  const wish = { orgId: delivery.orgId, session, pick, from: { ...from, agents }, barred, withLoad };
  const pool = await deps.pool.load(wish, signal);
  if ('outcome' in pool) return pool.outcome;
  if (pool.candidates.length === 0) return { kind: 'nobody', reason: 'no other agent to pick from is online' };
  const ranked = rankAgents(pick, pool.candidates, maxLoad);
  if (ranked.length === 0) {
    return { kind: 'nobody', reason: `every agent to pick from has ${maxLoad} open chats or more` };
  }
  let refusal: ZohoFailure | undefined;
  for (const id of ranked.slice(0, MAX_REFUSALS)) {
    // Before anything is awaited: a pick at the same moment sees this one.
    const release = deps.own.reserve(id);
    const assigned = await assign(session, { kind: 'agent', id }, deps, signal);
    if (assigned.ok) return assigned.outcome;
    if (assigned.kind !== 'lost') release();
    if (!isAboutAgent(assigned)) return toZohoOutcome(assigned, signal);
    refusal = assigned;
  }
  return {
    kind: 'nobody',
    reason: `Zoho Desk refused every agent that was picked: ${refusal?.reason ?? 'no reason given'}`,
  };
}

/** Whether Zoho may take another agent: it named the field, or said no without naming any. */
function isAboutAgent({ kind, fields }: ZohoFailure): boolean {
  return kind === 'invalid' && (fields === undefined || fields.includes('agentId'));
}

async function assign(
  session: ZohoSession,
  target: Target,
  deps: AssignDeps,
  signal: AbortSignal,
): Promise<{ ok: true; outcome: DeliveryOutcome } | ZohoFailure> {
  const isWanted = (now: ZohoSession) => now.assignee?.id === target.id;
  const changed = await changeSession(deps.client, session.id, toChange(session, target), isWanted, signal);
  if (!changed.ok) return changed;
  return { ok: true, outcome: await toDelivered(changed.value, target, session.assignee?.id, deps, signal) };
}

/** An OPEN chat that nobody has is put on hold with its agent; every other one changes hands as it is. */
function toChange(session: ZohoSession, { kind, id }: Target): SessionChange {
  if (kind === 'bot') return { botId: id };
  return session.status === 'OPEN' && !session.assigned ? { status: 'ON_HOLD', agentId: id } : { agentId: id };
}

async function toDelivered(
  session: ZohoSession,
  target: Target,
  previousAssigneeId: string | undefined,
  { names }: AssignDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const shown = session.assignee?.id === target.id ? session.assignee.name : undefined;
  const result: JsonObject = target.kind === 'bot' ? { botId: target.id } : { agentId: target.id };
  if (target.kind === 'agent') result.agentName = shown ?? (await names.agentName(target.id, signal)) ?? target.id;
  if (target.kind === 'bot' && shown !== undefined) result.botName = shown;
  if (session.status !== undefined) result.status = session.status;
  if (previousAssigneeId !== undefined) result.previousAssigneeId = previousAssigneeId;
  return { kind: 'delivered', result };
}
