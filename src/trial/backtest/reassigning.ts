import type { Action } from '../../domain/action.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { renderParams } from '../../engine/templates/render-params.ts';

/**
 * Whom chats would be taken from and given to. A rule that names somebody says so; whom a pick would have chosen nobody
 * can know afterwards, since it goes by presence and load at that moment: it is counted by what it picks from.
 */
export interface Reassignments {
  total: number;
  /** By the id that events carry; `nobody` had it. Most first, as below. */
  takenFrom: Tally[];
  /** Agents and bots that rules name, by their ids. */
  givenTo: Tally[];
  /** What is picked from: agents, a team's, a department, or the channel's department. */
  picked: Tally[];
}

export interface Tally {
  name: string;
  count: number;
}

/** No portal has more people; what is over it is counted as one. */
const MAX_NAMES = 2_000;
const OTHERS = '(others)';

export function createReassigning(directory: Directory) {
  let total = 0;
  const takenFrom = new Map<string, number>();
  const givenTo = new Map<string, number>();
  const picked = new Map<string, number>();

  function count(tally: Map<string, number>, name: string): void {
    const key = tally.size < MAX_NAMES || tally.has(name) ? name : OTHERS;
    tally.set(key, (tally.get(key) ?? 0) + 1);
  }

  return {
    add({ spec, context, expected }: Action): void {
      if (spec.type !== 'zoho.assignSession') return;
      const rendered = renderParams(spec.type, spec.params, context, { directory });
      if (!rendered.ok) return;
      total += 1;
      count(takenFrom, expected?.assigneeId ?? 'nobody');
      const { agentId, botId, pick, from } = rendered.params;
      const named = agentId ?? botId;
      if (typeof named === 'string') count(givenTo, named);
      else count(picked, `${String(pick)}, ${describePool(isJsonObject(from) ? from : {}, spec.params)}`);
    },
    summary: (): Reassignments => ({
      total,
      takenFrom: toTallies(takenFrom),
      givenTo: toTallies(givenTo),
      picked: toTallies(picked),
    }),
  };
}

/** As the rule writes it, where it writes a team: that is a name, and its agents are many. */
function describePool({ department, agents }: JsonObject, written: JsonObject): string {
  const wish = isJsonObject(written['from']) ? written['from'] : {};
  if (typeof wish['team'] === 'string') return `team ${wish['team']}`;
  if (department !== undefined) return `department ${String(department)}`;
  if (Array.isArray(agents)) return `${agents.length} agents`;
  return 'the department of the channel';
}

export function toTallies(counts: ReadonlyMap<string, number>): Tally[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
