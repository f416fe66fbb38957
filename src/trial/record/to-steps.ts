import { formatOffset } from '../../domain/duration.ts';
import { blankPersonal } from '../../domain/personal.ts';
import type { TestStep } from '../../domain/test-file.ts';
import type { SessionHistory, StoredClick, StoredDecision } from '../../store/read/session-history.ts';
import { keepOrder } from './in-order-of-keys.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** How real times become times of a test. */
export interface Timing {
  /** The real time of the test's `0s`, epoch ms. */
  zeroAt: number;
  /** What is added to real times, ms. */
  shiftMs: number;
  /** Events come when they happened, as far as that changes no order: a webhook's second on its way is no news. */
  tidy: boolean;
}

/** A webhook takes that long without being late. */
const ON_ITS_WAY_MS = 5_000;
/** What fell due was judged so much later only when nobody judged. */
const SLOW_MS = 5_000;

/** What happened to a chat as steps without expectations: events, clicks on the rules' cards, down time. */
export function toSteps(
  { session, events, decisions, clicks }: SessionHistory,
  {
    rules,
    pseudonyms,
    timing,
    orgId,
  }: { rules: ReadonlySet<string>; pseudonyms: Pseudonyms; timing: Timing; orgId: string },
): TestStep[] {
  const offset = (at: number) => formatOffset(Math.max(0, at - timing.zeroAt));
  const received = toReceipts(
    events.map(({ event }) => event),
    timing.tidy,
  );
  const anonymous = keepOrder(
    received.map(({ event, comesAt }) => ({
      type: event.type,
      payload: pseudonyms.payload(blankPersonal(event.payload)),
      at: event.at + timing.shiftMs,
      key: event.key,
      happenedAt: event.at,
      comesAt,
    })),
    orgId,
  );
  const eventSteps = anonymous.map(
    ({ type, payload, happenedAt, comesAt }): TestStep => ({
      at: offset(comesAt),
      event: { type, ...payload },
      ...(happenedAt === comesAt ? {} : { happenedAt: offset(happenedAt) }),
    }),
  );
  const ruleOf = new Map(
    decisions.flatMap(({ episodeId, ruleId }) => (episodeId === undefined ? [] : [[episodeId, ruleId]])),
  );
  const clickSteps = clicks.flatMap((click): TestStep[] => {
    const rule = click.episodeId === undefined ? undefined : ruleOf.get(click.episodeId);
    if (rule === undefined || !rules.has(rule)) return [];
    return [{ at: offset(click.at), click: toClick(click, rule, pseudonyms.of('sessionId', session.id)) }];
  });
  const downs = findDowns(
    decisions,
    received.map(({ comesAt }) => comesAt),
  ).map(({ from, to }): TestStep => ({ at: offset(from), down: formatOffset(to - from) }));
  // Up to when something was decided, so that it is decided in the test too.
  const endAt = Math.max(...received.map(({ comesAt }) => comesAt), ...decisions.map(({ at }) => at));
  return [...eventSteps, ...clickSteps, ...downs, { at: offset(endAt) }];
}

function toReceipts<E extends { at: number; receivedAt: number }>(events: readonly E[], tidy: boolean) {
  let latest = Number.NEGATIVE_INFINITY;
  return events.map((event) => {
    const delay = event.receivedAt - event.at;
    const onTime = tidy && delay >= 0 && delay <= ON_ITS_WAY_MS;
    const comesAt = Math.max(latest, onTime ? event.at : event.receivedAt);
    latest = comesAt;
    return { event, comesAt };
  });
}

function toClick(
  { kind: button, at, until }: StoredClick,
  rule: string,
  session: string,
): NonNullable<TestStep['click']> {
  const click = { button, rule, session };
  return button === 'snooze' && until !== undefined ? { ...click, for: formatOffset(until - at) } : click;
}

/** Stretches in which something fell due and nobody judged it until their end; none in which events came. */
function findDowns(decisions: readonly StoredDecision[], comings: readonly number[]): { from: number; to: number }[] {
  const downs: { from: number; to: number }[] = [];
  for (const { at, decidedAt, eventKey } of decisions) {
    if (eventKey !== undefined || decidedAt - at < SLOW_MS) continue;
    const lastComing = comings.findLast((coming) => coming < decidedAt) ?? Number.NEGATIVE_INFINITY;
    const from = Math.max(at - 1, lastComing, downs.at(-1)?.to ?? Number.NEGATIVE_INFINITY);
    if (from < at && from < decidedAt) downs.push({ from, to: decidedAt });
  }
  return downs;
}
