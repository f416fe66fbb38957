/**
 * "Did you mean": the known name nearest to one that is not known. Case, `_` and `-` do not count, and a name may be
 * off by about a third of its letters; what is further away would be a guess.
 */
export function findNearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  if (wanted === '' || name.length > 100) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const folded = fold(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 3));
    if (Math.abs(folded.length - wanted.length) > allowed) continue;
    const distance = editDistance(wanted, folded);
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** `Did you mean "status"?`, or the known names when none is near (at most `max` of them). */
export function suggestion(name: string, known: Iterable<string>, max = 12): string {
  const names = [...known];
  const nearest = findNearest(name, names);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, max).join(', ');
  return `Known here: ${shown}${names.length > max ? ', …' : ''}.`;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[_\-\s#]/g, '');
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforePrevious, j - 2) + 1);
      row.push(cost);
    }
    beforePrevious = previous;
    previous = row;
  }
  return at(previous, b.length);
}

/** A cell that the loop above has filled. */
function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
