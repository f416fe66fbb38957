/** What the stand-in's routes work with. */
import type { Clock } from '../../domain/clock.ts';
import type { Desk } from './desk.ts';
import type { AssignAlone } from './session-patch.ts';

export interface RouteDeps {
  clock: Clock;
  desk: Desk;
  /** The stand-in's own address, for links in answers. */
  baseUrl: () => string;
  assignAlone: AssignAlone;
}

/** A JSON body, or undefined: the check of what it must be is the route's. */
export async function readBody(text: Promise<string>): Promise<unknown> {
  try {
    return JSON.parse(await text);
  } catch {
    return undefined;
  }
}
