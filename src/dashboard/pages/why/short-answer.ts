import type { Explanation } from '../../../engine/explain/explanation.ts';
import type { ToldLine } from '../../../engine/explain/tell/tell-explanation.ts';
import type { ExplainWords } from '../../../engine/explain/tell/words.ts';

/** It has fired, now or before, for what lasts still. */
const FIRED: ReadonlySet<Explanation['verdict']> = new Set(['fired', 'silenced', 'already_fired']);

/** What an explanation comes to, in two sentences: the verdict, and what decided it. */
export interface ShortAnswer {
  mark: ToldLine['mark'];
  verdict: string;
  because: string | undefined;
  /** Of a hold that runs, when its time is up. Epoch ms. */
  dueAt: number | undefined;
  /** When it had acted on the chat before, where it did not at this look. Epoch ms. */
  actedAt: number | undefined;
}

export function toShortAnswer(explanation: Explanation, lines: readonly ToldLine[], words: ExplainWords): ShortAnswer {
  const { verdict, standing, neighbours } = explanation;
  const told = lines.find(({ kind }) => kind === 'verdict');
  // Its time began to count at this look, and it still does.
  const isWaiting = (verdict === 'armed' || verdict === 'waiting') && standing?.state === 'running';
  return {
    mark: FIRED.has(verdict) ? 'held' : told?.mark,
    verdict: isWaiting ? words.verdicts.waiting : (told?.text ?? ''),
    because: becauseOf(explanation, lines)?.text,
    dueAt: isWaiting && standing.unreachable !== true ? standing.dueAt : undefined,
    actedAt: FIRED.has(verdict) ? undefined : neighbours.before.findLast(({ outcome }) => FIRED.has(outcome))?.at,
  };
}

/** Of conditions that do not hold, what would have to be different; else the gate that decided, or when it was looked at. */
function becauseOf({ verdict, decidedBy, gates }: Explanation, lines: readonly ToldLine[]): ToldLine | undefined {
  if (decidedBy === 'conditions') return lines.find(({ kind }) => kind === 'change');
  const place = gates.findIndex(({ name }) => name === (verdict === 'waiting' ? 'hold' : decidedBy));
  if (place !== -1) return lines.filter(({ kind }) => kind === 'gate')[place];
  return SILENT.has(verdict) ? undefined : lines.find(({ kind }) => kind === 'text');
}

/** Nothing was looked at, so there is nothing more to say. */
const SILENT: ReadonlySet<Explanation['verdict']> = new Set(['off', 'not_in_force', 'never_asked']);

/** What acted first, then what waits, then what was held back, then what does not concern the chat. */
export function byInterest(a: Explanation, b: Explanation): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ verdict }: Explanation): number {
  if (FIRED.has(verdict) || verdict === 'shadow' || verdict === 'resolved') return 0;
  if (verdict === 'waiting' || verdict === 'armed' || verdict === 'kept') return 1;
  if (verdict === 'not_matched') return 3;
  return SILENT.has(verdict) ? 4 : 2;
}
