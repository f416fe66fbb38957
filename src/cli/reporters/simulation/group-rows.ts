import type { Cell } from '../../../trial/simulation/report.ts';

/** Rows of a rule's matrix that say the same, as one: most rules do not care where a chat comes from. */
export interface MatrixRow {
  from: string[];
  cells: Cell[];
}

/** @param tellApart what of a cell is shown, and so must be the same */
export function groupRows(cells: readonly Cell[], tellApart: (cell: Cell) => string): MatrixRow[] {
  const rows = [...Map.groupBy(cells, ({ from }) => from)];
  const groups = Map.groupBy(rows, ([, row]) => row.map(tellApart).join());
  return [...groups.values()].map((group) => ({
    from: group.map(([from]) => from),
    cells: group[0]?.[1] ?? [],
  }));
}

export type Extent = 'all' | 'some' | 'none';

export function extentOf({ acted, of }: Cell): Extent {
  if (acted === 0) return 'none';
  return acted === of ? 'all' : 'some';
}
