import type { Hono } from 'hono';

/** Placeholder until the pages are composed. */
export async function createPages(_: unknown): Promise<Hono | undefined> {
  return undefined;
}
