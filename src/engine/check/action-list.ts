import type { ActionFile } from '../../domain/rule-file.ts';
import type { JsonPath } from '../load/json-source.ts';

/**
 * The lists of actions of a rule. Each list of the rule is one firing: ids are known within it, those of `onFailure`
 * lists included, and results go from earlier actions to later ones.
 */
export interface ActionList {
  /** `firing`: with the event or hold at hand; `later`: a step or the end of an episode, judged on the state. */
  when: 'firing' | 'later';
  actions: readonly PlacedAction[];
}

export interface PlacedAction {
  action: ActionFile;
  path: JsonPath;
  /** Ids of earlier actions of the same list: what `needs` may name. */
  earlier: readonly string[];
  /** Ids whose results can be read: the earlier ones and, within `onFailure`, the failed action and those before it. */
  visible: readonly string[];
}

/** A rule or its file, as far as it acts. */
export interface Acting {
  actions: readonly ActionFile[];
  steps?: readonly { actions: readonly ActionFile[] }[] | undefined;
  onResolve?: readonly ActionFile[] | undefined;
}

export function actionListsOf(file: Acting): ActionList[] {
  return [
    { when: 'firing', actions: placeAll(file.actions, ['actions'], []) },
    ...(file.steps ?? []).map(({ actions }, index): ActionList => {
      return { when: 'later', actions: placeAll(actions, ['steps', index, 'actions'], []) };
    }),
    { when: 'later', actions: placeAll(file.onResolve ?? [], ['onResolve'], []) },
  ];
}

/** The actions of a list and of the `onFailure` lists within it, in the order of the file. */
function placeAll(actions: readonly ActionFile[], path: JsonPath, outer: readonly string[]): PlacedAction[] {
  const earlier: string[] = [];
  return actions.flatMap((action, index) => {
    const placed = { action, path: [...path, index], earlier: [...earlier], visible: [...outer, ...earlier] };
    const own = action.id === undefined ? [] : [action.id];
    earlier.push(...own);
    const onFailure = placeAll(action.onFailure ?? [], [...placed.path, 'onFailure'], [...placed.visible, ...own]);
    return [placed, ...onFailure];
  });
}
