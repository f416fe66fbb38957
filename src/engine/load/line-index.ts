/** A place in a text as editors count: lines and columns from 1, columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** Turns offsets of a text into lines and columns. Most files have no fault: the lines are looked for at the first question. */
export function createLineIndex(text: string): (offset: number) => Position {
  let known: number[] | undefined;
  return (offset) => {
    known ??= startsOfLines(text);
    const starts = known;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function startsOfLines(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length)];
}
