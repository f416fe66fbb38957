import { Hono } from 'hono';
import * as z from 'zod';
import { checkInvariants } from '../../store/read/invariants/check-invariants.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeList } from './list.ts';

export const invariantSchema = z
  .object({
    name: z.string().describe('Stable name'),
    says: z.string().describe('What is true when all is well'),
    violations: z.int().describe('How often it is not; 0 when all is well'),
    examples: z.array(z.string()).describe('Ids or keys of the first of them, at most five'),
    remedy: z.string().describe('What to do when it is violated'),
  })
  .meta({ id: 'Invariant' });

/** For `vigia doctor --deep`, which may not open an embedded database that the server has open. */
export function createInvariantRoutes(deps: AppDeps): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList(
      'Whether what must be true of the stored data is: reads all of it, so ask at a quiet hour',
      invariantSchema,
    ),
    async (c) => c.json({ data: await checkInvariants(deps.db, deps.clock.now()), nextCursor: null }),
  );
}
