import type { Silence } from '../domain/mute.ts';
import type { Rule } from '../domain/rule.ts';
import { agentIds, isSaid, silencedUntil } from '../engine/silences.ts';
import {
  type FittingCard,
  type FittingHold,
  listFittingCards,
  listFittingFirings,
  listFittingHolds,
} from '../store/read/mute-preview.ts';
import { type MuteDeps, type SilenceRequest, toNewSilence } from './silences.ts';

/** What a silence would hold back, before anybody makes it. Nothing is changed. */
export interface SilencePreview {
  silence: Omit<Silence, 'id'>;
  /** Running holds that would be held back if they fired at their due time, the next first. */
  holds: { rows: FittingHold[]; more: boolean };
  /** Cards that fit and are open: they stay where they are; what follows of them would be held back. */
  cards: { rows: FittingCard[]; more: boolean };
  /** Firings, steps and repeats of the past that a silence like this one would have held back. */
  firings: { lastDay: number; lastWeek: number; byRule: RuleCount[]; more: boolean };
}

interface RuleCount {
  ruleId: string;
  lastDay: number;
  lastWeek: number;
}

const SHOWN = 50;
const MOST_HOLDS = 1_000;
const MOST_SAID = 20_000;
const DAY_MS = 86_400_000;

/** @throws AppError bad_request, as making it would */
export async function previewSilence(deps: MuteDeps, orgId: string, request: SilenceRequest): Promise<SilencePreview> {
  const silence = toNewSilence(deps, orgId, request, 'preview');
  const { rules, directory } = deps.names();
  const { matcher, createdAt: now } = silence;
  const { db } = deps.database;
  const fitting = { orgId, matcher, agentIds: agentIds(matcher, directory) };
  const inForce = (at: number, of = silence) => silencedUntil({ ...of, id: 'preview' }, at) !== undefined;
  const [holds, cards, said] = await Promise.all([
    listFittingHolds(db, fitting, { rules: speaking(rules), until: silence.endsAt, limit: MOST_HOLDS }),
    listFittingCards(db, fitting, SHOWN + 1),
    listFittingFirings(db, fitting, { since: now - 7 * DAY_MS, limit: MOST_SAID }),
  ]);
  const held = holds.filter(({ dueAt }) => inForce(Math.max(dueAt, now)));
  // The past as if the silence had been in force all along: of one that recurs, its stretches count.
  const always = { ...silence, startsAt: now - 8 * DAY_MS, endsAt: now + 8 * DAY_MS };
  const firings = said.filter(({ firedAt }) => inForce(firedAt, always));
  return {
    silence,
    holds: { rows: held.slice(0, SHOWN), more: held.length > SHOWN || holds.length === MOST_HOLDS },
    cards: { rows: cards.slice(0, SHOWN), more: cards.length > SHOWN },
    firings: { ...countFirings(firings, now), more: said.length === MOST_SAID },
  };
}

/** Rules that say something in Slack when they fire. */
function speaking(rules: readonly Rule[]): string[] {
  return rules.filter(({ mode, actions }) => mode === 'live' && actions.some(isSaid)).map(({ id }) => id);
}

function countFirings(firings: readonly { ruleId: string; firedAt: number }[], now: number) {
  const byRule = new Map<string, RuleCount>();
  for (const { ruleId, firedAt } of firings) {
    const count = byRule.get(ruleId) ?? { ruleId, lastDay: 0, lastWeek: 0 };
    byRule.set(ruleId, count);
    count.lastWeek += 1;
    if (firedAt > now - DAY_MS) count.lastDay += 1;
  }
  const counts = [...byRule.values()].toSorted((a, b) => b.lastWeek - a.lastWeek || (a.ruleId < b.ruleId ? -1 : 1));
  const sum = (pick: (count: RuleCount) => number) => counts.reduce((total, count) => total + pick(count), 0);
  return { lastDay: sum(({ lastDay }) => lastDay), lastWeek: sum(({ lastWeek }) => lastWeek), byRule: counts };
}
