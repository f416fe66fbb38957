import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where a server's CPU goes, from the profile that Node writes at its end (`--cpu-prof`): each sample counts for the part
 * of the innermost frame that belongs to one, so that a built-in function counts for who calls it.
 */
export interface Share {
  part: string;
  /** Of the samples in which the process worked. */
  share: number;
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string };
  children?: number[];
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

/** The first that fits counts. */
const PARTS: [part: string, pattern: RegExp][] = [
  ['JWT', /\/jose\/|verify-token|jwks/],
  ['reading events (JSON, names, hashes)', /ingress\/|domain\/(?:json|hash|personal)|@noble/],
  ['rules', /src\/engine\/|json-rules-engine|liquidjs/],
  ['delivery', /src\/delivery\/|services\/(?:deliver|settle)|@slack|axios/],
  ['queue', /pg-boss|pg-boss-queue/],
  ['drizzle', /drizzle-orm/],
  ['PostgreSQL client', /node_modules\/(?:postgres|pg|pg-protocol|pg-pool)\//],
  ['PGlite', /@electric-sql|wasm:/],
  ['store', /src\/store\//],
  ['services', /src\/services\/|src\/runtime\//],
  ['HTTP', /hono|src\/http\/|node:_?http|undici|logtape/],
];
const OTHER = 'other (sockets, timers, start)';

/** @param dir where the one profile is */
export async function readShares(dir: string): Promise<Share[]> {
  const name = (await readdir(dir)).find((file) => file.endsWith('.cpuprofile'));
  if (name === undefined) throw new Error('the server has left no profile');
  return toShares(JSON.parse(await readFile(join(dir, name), 'utf8')));
}

function toShares({ nodes, samples, timeDeltas }: Profile): Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const partOf = new Map<number, string | undefined>();
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    if (!partOf.has(id)) partOf.set(id, findPart(id));
    const part = partOf.get(id);
    if (part === undefined) continue;
    const time = timeDeltas[index] ?? 0;
    total += time;
    times.set(part, (times.get(part) ?? 0) + time);
  }
  return [...times].map(([part, time]) => ({ part, share: time / total })).sort((a, b) => b.share - a.share);

  /** Undefined for the time in which nothing was done. */
  function findPart(leaf: number): string | undefined {
    const name = byId.get(leaf)?.callFrame.functionName;
    if (name === '(idle)') return undefined;
    if (name === '(garbage collector)') return 'garbage collection';
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const url = byId.get(id)?.callFrame.url ?? '';
      const part = PARTS.find(([, pattern]) => pattern.test(url));
      if (part !== undefined) return part[0];
    }
    return OTHER;
  }
}
