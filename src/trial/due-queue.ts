/**
 * Which subject wants to be looked at next, in virtual time: a binary heap of moments. An entry is not removed when its
 * moment changes; one that no longer says what `current` says is passed over when it comes up.
 */
export interface DueQueue {
  /** Sets the next moment of a subject (epoch ms); undefined: none. */
  set(subject: string, at: number | undefined): void;
  /** The earliest moment of all; undefined when nothing is due any more. */
  nextAt(): number | undefined;
  /** Takes out every subject that is due at or before `at`, the earliest first. */
  take(at: number): string[];
}

/** So many entries may be out of date whatever the number of subjects. */
const MOST_STALE = 1_000;

interface Entry {
  at: number;
  subject: string;
}

export function createDueQueue(): DueQueue {
  const heap: Entry[] = [];
  const current = new Map<string, number>();

  function isCurrent({ at, subject }: Entry): boolean {
    return current.get(subject) === at;
  }

  /** Leaves out what is not current any more: moments far ahead that change often would fill the memory. */
  function tidy(): void {
    heap.length = 0;
    for (const [subject, at] of current) push(heap, { at, subject });
  }

  function head(): Entry | undefined {
    while (heap[0] !== undefined && !isCurrent(heap[0])) pop(heap);
    return heap[0];
  }

  return {
    set(subject, at) {
      if (current.get(subject) === at) return;
      if (at === undefined) {
        current.delete(subject);
        return;
      }
      current.set(subject, at);
      if (heap.length > MOST_STALE + 2 * current.size) tidy();
      push(heap, { at, subject });
    },
    nextAt: () => head()?.at,
    take(at) {
      const due: string[] = [];
      for (let entry = head(); entry !== undefined && entry.at <= at; entry = head()) {
        pop(heap);
        current.delete(entry.subject);
        due.push(entry.subject);
      }
      return due;
    },
  };
}

/** Earlier first; at one moment by subject, so that a run is the same each time. */
function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.subject < b.subject);
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
    if (left === undefined) break;
    const [child, childIndex] =
      right !== undefined && isBefore(right, left) ? [right, 2 * index + 2] : [left, 2 * index + 1];
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
}
