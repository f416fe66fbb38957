import type { Action } from '../domain/action.ts';

/** The sibling that an id names: one of the same list first, else one of the firing's own actions. */
export function findSibling<T extends Pick<Action, 'path' | 'spec'>>(
  action: Pick<Action, 'path'>,
  siblings: readonly T[],
  id: string,
): T | undefined {
  const list = listOf(action.path);
  const named = siblings.filter(({ spec }) => spec.id === id);
  return named.find(({ path }) => listOf(path) === list) ?? named.find(({ path }) => listOf(path) === '');
}

/** `0.f1` is of the list `0`, `3` of the list ``. */
function listOf(path: string): string {
  return path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
}
