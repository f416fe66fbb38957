import type { Clock } from '../../domain/clock.ts';
import type { Decision } from '../../domain/decision.ts';
import { suggestion } from '../../domain/did-you-mean.ts';
import { findName } from '../../domain/directory.ts';
import { AppError } from '../../domain/errors.ts';
import type { Directory, Rule } from '../../domain/rule.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { leavesOf } from '../../engine/explain/condition-tree.ts';
import { explainLook, pickDecision } from '../../engine/explain/explain-look.ts';
import type { Explanation, Neighbour, Note } from '../../engine/explain/explanation.ts';
import { draftOf } from '../../engine/explain/facts-of-look.ts';
import { keysOfGates } from '../../engine/explain/gates-of-look.ts';
import { toEpisodeView } from '../../engine/explain/hold-gate.ts';
import { changesSession } from '../../engine/to-ledger.ts';
import { loadSessionHistory, type SessionHistory, type StoredDecision } from '../../store/read/session-history.ts';
import { lookOfTick, type TickLook } from './look-of-tick.ts';
import { type Replayed, type ReplayedLook, type ReplayWorld, replaySession } from './replay-session.ts';
import { loadStoredWorld, type StoredWorldDeps } from './stored-world.ts';

/** Why a rule did or did not fire for a chat at a moment: the chat is judged again from what is stored, and looked at. */
export interface ExplainDeps extends StoredWorldDeps {
  clock: Clock;
  /** For readable names; default: the directory of the rules. */
  directory?: (() => Directory) | undefined;
  /** Lets only so many chats be judged again at once: each is held in memory with all that was made of it. Default: all. */
  inTurn?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
}

export interface ExplainRequest {
  ruleId: string;
  sessionId: string;
  /** Epoch ms; default: now. The last look at the rule at or before it is explained. */
  at?: number | undefined;
  /** The decision to explain, of several at that moment: its id. */
  decisionId?: number | undefined;
}

/**
 * @throws AppError not_found for a chat or a rule that nobody knows, bad_request for a moment before the chat's first
 * event, conflict for a chat that is too long to be judged again
 */
export function explainRule(deps: ExplainDeps, orgId: string, request: ExplainRequest): Promise<Explanation> {
  const { inTurn = atOnce } = deps;
  return inTurn(() => explainStored(deps, orgId, request));
}

/** Of whoever has the process for himself. */
export const atOnce = <T>(work: () => Promise<T>): Promise<T> => work();

async function explainStored(deps: ExplainDeps, orgId: string, request: ExplainRequest): Promise<Explanation> {
  const history = await loadSessionHistory(deps.db, orgId, request.sessionId);
  if (history === undefined) throw noSuchChat(request.sessionId);
  const world = await loadStoredWorld(deps, orgId);
  return explainFrom(history, world, { ...request, at: request.at ?? deps.clock.now() }, deps.directory?.());
}

/** The same of a history that was loaded. */
export async function explainFrom(
  history: SessionHistory,
  world: ReplayWorld,
  request: ExplainRequest & { at: number },
  directory?: Directory,
): Promise<Explanation> {
  assertExplainable(history, request.at);
  const replayed = await replaySession(history, world, request.at);
  return explainReplayed(history, world, replayed, request, directory);
}

/** The same of a chat that was judged again. */
export async function explainReplayed(
  history: SessionHistory,
  world: ReplayWorld,
  replayed: Replayed,
  { ruleId, sessionId, at, decisionId }: ExplainRequest & { at: number },
  directory?: Directory,
): Promise<Explanation> {
  const rule = await getRule(history, world, replayed, ruleId, at);
  const found = await withTick(findLook(replayed, rule, { history, at, decisionId }), world, at);
  const look = await withKnown(replayed, found);
  const ruleThen = look.ruleset.rules.find(({ id }) => id === ruleId);
  const judged = ruleThen ?? rule.rule;
  const recorded = look.recorded.filter((one) => one.ruleId === ruleId);
  const meant = recorded.find(({ id }) => id === decisionId);
  const decision =
    look.effects.decisions.find((one) => one.ruleId === ruleId && isSame(one, meant)) ?? pickDecision(look, judged);
  const explained = await explainLook(look, judged, {
    decision,
    recorded: (meant?.trace === undefined ? recorded.find(({ trace }) => trace !== undefined) : meant)?.trace,
    isEventRemoved: look.isEventRemoved,
  });
  const { decision: _, lost, ...explanation } = explained;
  // What would turn a rule that was there would not turn one that was not.
  const stated =
    ruleThen === undefined ? { ...explanation, verdict: 'not_in_force' as const, changes: [] } : explanation;
  const disagreement = findDisagreement(look, ruleId, recorded, history);
  const standing = look.after.episodes.findLast((one) => one.ruleId === ruleId);
  return {
    ...stated,
    rule: { id: ruleId, name: judged.name, mode: judged.mode, kind: judged.trigger.kind },
    sessionId,
    askedAt: at,
    look: {
      kind: look.look.kind,
      at: look.look.at,
      judgedAt: look.now,
      rulesetHash: look.ruleset.hash,
      ...(look.look.kind === 'event' ? { event: aboutEvent(look.look.event) } : {}),
    },
    ...(recorded.length + (decision === undefined ? 0 : 1) === 0
      ? {}
      : { reason: (recorded.find((one) => isSame(one, decision)) ?? recorded.at(-1) ?? decision)?.reason ?? '' }),
    isRecorded: recorded.length > 0,
    ...(disagreement === undefined ? {} : { disagreement }),
    ...(standing === undefined ? {} : { standing: toEpisodeView(standing, judged, look.ruleset) }),
    neighbours: findNeighbours(found.tick === undefined ? history.decisions : found.tick.earlier, ruleId, look),
    notes: [
      ...(found.tick === undefined ? [] : [{ kind: 'judged_for' as const, subject: found.tick.subject }]),
      ...toNotes(history, replayed, lost),
    ],
    names: namesIn(explanation.conditions, directory ?? look.ruleset.directory),
  };
}

export const noSuchChat = (id: string) =>
  new AppError('not_found', `No event of a chat with the id ${id} has come.`, {
    remedy: 'Its id stands on its page of the board; GET /api/v1/sessions lists the chats that are known.',
  });

/** @throws AppError bad_request, conflict */
export function assertExplainable({ events, complete, session }: SessionHistory, at: number): void {
  if (!complete) {
    throw new AppError('conflict', `The chat ${session.id} has too many events to be judged again.`, {
      remedy: 'What was decided of it is listed at GET /api/v1/decisions?sessionId=….',
    });
  }
  const first = events.reduce((least, { event }) => Math.min(least, event.at), Number.POSITIVE_INFINITY);
  if (at >= first) return;
  throw new AppError('bad_request', `The chat ${session.id} began only at ${new Date(first).toISOString()}.`, {
    remedy: 'Ask for that moment, or a later one.',
  });
}

interface FoundRule {
  rule: Rule;
  ruleset: CompiledRuleset;
}

/** The rule as it was at the moment, else as it is in any ruleset that was in force while the chat lasted. */
async function getRule(
  { activations, decisions }: SessionHistory,
  world: ReplayWorld,
  { looks }: Replayed,
  ruleId: string,
  at: number,
): Promise<FoundRule> {
  const hashes = [
    ...activations.filter(({ activatedAt }) => activatedAt <= at).map(({ hash }) => hash),
    ...decisions.map(({ rulesetHash }) => rulesetHash),
  ].reverse();
  const latest = activations.at(-1)?.hash;
  const known = new Set<string>();
  const inForce = looks.at(-1)?.ruleset;
  const candidates = [...new Set([...hashes, ...(latest === undefined ? [] : [latest])])].slice(0, MOST_RULESETS);
  for (const found of [() => inForce, ...candidates.map((hash) => () => world.rulesetOf(hash))]) {
    const ruleset = await found();
    const rule = ruleset?.rules.find(({ id }) => id === ruleId);
    if (ruleset !== undefined && rule !== undefined) return { rule, ruleset };
    for (const { id } of ruleset?.rules ?? []) known.add(id);
  }
  throw new AppError('not_found', `There is no rule "${ruleId}" among those that came into force.`, {
    remedy: known.size === 0 ? 'No rules have come into force yet.' : suggestion(ruleId, [...known]),
  });
}

/** Edits of rules that are looked through for one that is gone. */
const MOST_RULESETS = 20;

/** The last look at the rule at or before the moment; where there was none, the chat as it stood then. */
function findLook(
  { looks }: Replayed,
  { rule, ruleset }: FoundRule,
  { history, at, decisionId }: { history: SessionHistory; at: number; decisionId: number | undefined },
): FoundLook {
  const meant = looks.find(({ recorded }) => recorded.some(({ id }) => id === decisionId));
  if (meant !== undefined) return { look: meant, rule };
  const inTime = looks.filter((one) => one.look.at <= at);
  const own = inTime.filter((one) => concerns(one, rule));
  const found = own.reduce<ReplayedLook | undefined>(
    (latest, one) => (latest === undefined || one.look.at >= latest.look.at ? one : latest),
    undefined,
  );
  if (found !== undefined) return { look: found, rule };
  const last = inTime.reduce<ReplayedLook | undefined>(
    (latest, one) => (latest === undefined || one.look.at >= latest.look.at ? one : latest),
    undefined,
  );
  if (last !== undefined) {
    const look = { kind: 'state' as const, at };
    const idle = { ...last.effects, decisions: [], episodes: [], transitions: [], messages: [] };
    return { look: { ...last, look, before: last.after, effects: idle, recorded: [], ruleset: last.ruleset }, rule };
  }
  const { hash } = ruleset;
  throw new AppError('conflict', `The chat ${history.session.id} cannot be judged again.`, {
    remedy: `The rules that were in force then (${hash}) cannot be read by this version of Vigia.`,
  });
}

interface FoundLook {
  look: ReplayedLook;
  rule: Rule;
  /** Of a schedule rule. */
  tick?: TickLook;
}

async function withTick(found: FoundLook, world: ReplayWorld, at: number): Promise<FoundLook> {
  const { rule, look } = found;
  if (rule.trigger.kind !== 'schedule' || rule.mode === 'off') return found;
  const tick = await lookOfTick(world, { rule, every: rule.trigger.every, ruleset: look.ruleset }, look, at);
  return { ...found, look: tick.look, tick };
}

/** Whether the heart looked at the rule. */
function concerns({ look, before, effects, ruleset }: ReplayedLook, rule: Rule): boolean {
  if (effects.decisions.some(({ ruleId }) => ruleId === rule.id)) return true;
  const inForce = ruleset.rules.find(({ id }) => id === rule.id);
  if (inForce === undefined) return false;
  if (look.kind === 'due') {
    return before.episodes.some(
      ({ ruleId, nextAt }) => ruleId === rule.id && nextAt !== undefined && nextAt <= look.at,
    );
  }
  if (look.kind !== 'event') return false;
  if (inForce.trigger.kind === 'event') return inForce.trigger.on.includes(look.event.type);
  return inForce.trigger.kind === 'hold' && changesSession(look.event);
}

/** The gates are asked also where the heart had no need to. */
function withKnown({ complete }: Replayed, { look, rule }: FoundLook): Promise<ReplayedLook> {
  const draft = draftOf(look);
  const { limits, inhibitors } = keysOfGates(draft, rule, undefined);
  return complete(look, { limits, inhibitors });
}

function aboutEvent({ key, type, receivedAt }: { key: string; type: string; receivedAt: number }) {
  return { key, type, receivedAt };
}

function findDisagreement(
  { effects, ruleset }: ReplayedLook,
  ruleId: string,
  recorded: readonly StoredDecision[],
  { activations }: SessionHistory,
): Explanation['disagreement'] {
  const computed = effects.decisions.filter((one) => one.ruleId === ruleId);
  const agrees = computed.length === recorded.length && computed.every((one, index) => isSame(one, recorded[index]));
  if (agrees) return undefined;
  const hash = recorded[0]?.rulesetHash;
  const editedAt =
    hash === undefined || hash === ruleset.hash
      ? undefined
      : activations.findLast((one) => one.hash === ruleset.hash)?.activatedAt;
  return {
    recorded: recorded.map(({ outcome, reason }) => ({ outcome, reason })),
    computed: computed.map(({ outcome, reason }) => ({ outcome, reason })),
    ...(editedAt === undefined ? {} : { editedAt }),
  };
}

function isSame(a: Decision, b: Decision | undefined): boolean {
  return (
    b !== undefined &&
    a.outcome === b.outcome &&
    a.reason === b.reason &&
    a.mode === b.mode &&
    a.step === b.step &&
    a.repeat === b.repeat
  );
}

const NEIGHBOURS = 3;

/** Decisions of the rule about the chat that were taken before and after the look, the nearest last and first. */
function findNeighbours(
  decisions: readonly StoredDecision[],
  ruleId: string,
  { now, recorded }: ReplayedLook,
): Explanation['neighbours'] {
  const own = decisions.filter((one) => one.ruleId === ruleId && !recorded.includes(one));
  const [first] = recorded;
  const isBefore = ({ id, decidedAt }: StoredDecision) => (first === undefined ? decidedAt <= now : id < first.id);
  return {
    before: own.filter(isBefore).slice(-NEIGHBOURS).map(toNeighbour),
    after: own
      .filter((one) => !isBefore(one))
      .slice(0, NEIGHBOURS)
      .map(toNeighbour),
  };
}

function toNeighbour({ id, at, decidedAt, outcome, reason }: StoredDecision): Neighbour {
  return { id, at, decidedAt, outcome, reason };
}

function toNotes(
  { events }: SessionHistory,
  { unreadable }: Replayed,
  { unknown, fromRecord }: { unknown: number; fromRecord: number },
): Note[] {
  const removed = events.filter((one) => one.removed).length;
  return [
    ...(removed === 0 ? [] : [{ kind: 'events_removed' as const, count: removed }]),
    ...(fromRecord === 0 ? [] : [{ kind: 'from_record' as const }]),
    ...(unknown === 0 ? [] : [{ kind: 'values_unknown' as const, count: unknown }]),
    ...unreadable.map((hash) => ({ kind: 'rules_unreadable' as const, hash })),
  ];
}

function namesIn(tree: Explanation['conditions'], directory: Directory): Record<string, string> {
  const values = (tree === undefined ? [] : leavesOf(tree)).flatMap(({ actual, expected }) =>
    [actual, expected].flat(),
  );
  const ids = [...new Set(values.filter((value): value is string => typeof value === 'string'))];
  return Object.fromEntries(
    ids.flatMap((id) => {
      const name = findName(directory, id);
      return name === undefined ? [] : [[id, name]];
    }),
  );
}
