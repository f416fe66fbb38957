/**
 * UUIDs (version 7) of which each sorts after those made before it in this process, also within one millisecond and
 * when the system's clock is set back: millisecond, then a counter, then chance.
 */
export function createOrderedIds(now: () => number = Date.now): () => string {
  let at = 0;
  let count = 0;
  return () => {
    const present = now();
    if (present > at) [at, count] = [present, 0];
    else if (count < MAX_COUNT) count += 1;
    else [at, count] = [at + 1, 0];
    const time = at.toString(16).padStart(12, '0');
    const random = crypto.randomUUID();
    // The tail of a random UUID carries the variant that version 7 has as well.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, '0')}-${random.slice(19)}`;
  };
}

/** Twelve bits are left for it beside the version. */
const MAX_COUNT = 0xfff;
