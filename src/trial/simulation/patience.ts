import type { Rule } from '../../domain/rule.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';

/** How long the rules can wait: what the clock must run on for, so that everything falls due that ever will. */
export interface Patience {
  /** Whole seconds, in ms. */
  stayMs: number;
  /** Rules that need longer than the simulation waits. */
  tooSlow: { ruleId: string; needsMs: number | undefined }[];
}

const DAY_MS = 86_400_000;
export const MAX_STAY_MS = 30 * DAY_MS;
/** Picks that find nobody are tried for a minute, and deliveries come after what they are for. */
const MARGIN_MS = 120_000;

/** @param starts when the chats take place, for the rules that go by a calendar */
export function measurePatience({ active, calendars }: CompiledRuleset, starts: readonly number[]): Patience {
  const needs = [...active.values()]
    .filter(({ trigger }) => trigger.kind !== 'schedule')
    .map((rule) => ({ ruleId: rule.id, needsMs: needOf(rule, calendars, starts) }));
  const tooSlow = needs.filter(({ needsMs }) => needsMs === undefined || needsMs > MAX_STAY_MS);
  const longest = Math.max(0, ...needs.map(({ needsMs = MAX_STAY_MS }) => needsMs));
  return { stayMs: Math.min(MAX_STAY_MS, Math.ceil((longest + MARGIN_MS) / 1_000) * 1_000), tooSlow };
}

/** Undefined: its calendar never stays open that long. */
function needOf(rule: Rule, calendars: CompiledRuleset['calendars'], starts: readonly number[]): number | undefined {
  const forMs = rule.trigger.kind === 'hold' ? rule.trigger.forMs : 0;
  const ladder = Math.max(0, ...rule.steps.map(({ afterMs }) => afterMs));
  const repeats = rule.repeat === undefined ? 0 : rule.repeat.everyMs * rule.repeat.times;
  const grouping = rule.groupAlerts === undefined ? 0 : rule.groupAlerts.waitMs + rule.groupAlerts.intervalMs;
  const after = Math.max(ladder, repeats) + grouping + rule.keepForMs;
  const calendar = rule.during === undefined ? undefined : calendars.get(rule.during.calendar);
  if (calendar === undefined) return forMs + after;
  const firings = starts.map((start) => {
    const due = rule.clock === 'business' ? calendar.addOpenTime(start, forMs) : start + forMs;
    const firing = due !== undefined && rule.during?.outside === 'wait' ? calendar.nextOpen(due) : due;
    return firing === undefined ? undefined : firing - start;
  });
  // A week more: the chat changes a little after the start, when the calendar may just have closed.
  const slowest = firings.reduce((a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)), 0);
  return slowest === undefined ? undefined : slowest + after + (slowest > forMs ? 7 * DAY_MS : 0);
}
