/**
 * Lets one invocation of an isolate do a kind of work at a time. Whoever comes meanwhile leaves word and goes: the one
 * inside goes round once more. Without it, fifty requests at once would be fifty workers with three connections each,
 * passing over each other's locks. An invocation that is ended by the platform says nothing, so its turn lapses.
 */
export interface Gate {
  /** When the turn of the one inside lapses, epoch ms. */
  takenUntil: number;
  /** Somebody has left word. */
  again: boolean;
}

export function createGate(): Gate {
  return { takenUntil: Number.NEGATIVE_INFINITY, again: false };
}

/**
 * Goes in and works until nobody has left word, or no more may be begun (`until`, epoch ms); the work under way then has
 * `graceMs` more.
 * @returns whether all is done: false when another is inside, or when the time was up
 */
export async function goThrough(
  gate: Gate,
  { until, graceMs }: { until: number; graceMs: number },
  work: () => Promise<void>,
): Promise<boolean> {
  if (gate.takenUntil > Date.now()) {
    gate.again = true;
    return false;
  }
  const turn = until + graceMs;
  gate.takenUntil = turn;
  try {
    do {
      gate.again = false;
      await work();
    } while (gate.again && Date.now() < until);
    return !gate.again;
  } finally {
    // Unless the turn had lapsed and is another's now.
    if (gate.takenUntil === turn) gate.takenUntil = Number.NEGATIVE_INFINITY;
  }
}
