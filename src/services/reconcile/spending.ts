import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/** API credits of Zoho Desk, of one day by UTC: what has been spent of what may be. */
export interface Spending {
  readonly day: string;
  readonly credits: number;
  /** Whether so many more may be spent. */
  allows(credits: number): boolean;
  add(credits: number): void;
}

/** @param stored what was spent so far, as `toStored` made it; of another day it counts no more */
export function createSpending(stored: Json | undefined, budget: number, now: number): Spending {
  const day = new Date(now).toISOString().slice(0, 10);
  const before = isJsonObject(stored) && stored['day'] === day ? Number(stored['credits']) : 0;
  let credits = Number.isFinite(before) ? before : 0;
  return {
    day,
    get credits() {
      return credits;
    },
    allows: (more) => credits + more <= budget,
    add: (more) => {
      credits += more;
    },
  };
}

export function toStored({ day, credits }: Spending): JsonObject {
  return { day, credits };
}
