import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeliveryLoop, startDeliveryLoop } from '../../src/runtime/delivery-loop.ts';
import type { ClaimedJob, DeliveryQueue } from '../../src/services/delivery-queue.ts';
import { aStatus, createActing } from '../support/acting.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { aRule } from '../support/rules.ts';

let database: TestDatabase;
let loop: DeliveryLoop | undefined;
beforeAll(async () => {
  database = await pgliteKind.open();
});
afterAll(async () => {
  await loop?.stop();
  await database.close();
});

test('a job that is claimed again while it is worked on here is not carried out twice', async () => {
  const rule = aRule({
    id: 'tells',
    trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
    conditions: { all: [] },
  });
  const acting = createActing(database, [rule]);
  await acting.take(aStatus());
  const [job] = await acting.claim();
  if (job === undefined) throw new Error('there is no job');

  let answer: () => void = () => undefined;
  acting.slack.answers = [
    async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { kind: 'delivered', result: {} };
    },
  ];
  // Its claim lapsed while the database was away, so that the queue hands it out once more.
  const handedOut: ClaimedJob[][] = [[job], [{ ...job, retryCount: job.retryCount + 1 }]];
  const queue: DeliveryQueue = { ...acting.deps.queue, claim: async () => handedOut.shift() ?? [] };
  loop = startDeliveryLoop({ ...acting.deps, queue });
  await expect.poll(() => handedOut.length, { timeout: 10_000 }).toBe(0);
  await expect.poll(() => acting.slack.deliveries.length, { timeout: 10_000 }).toBe(1);
  // Long enough for a second call, if there were one.
  await new Promise((resolve) => setTimeout(resolve, 300));
  answer();
  await expect.poll(() => loop?.inFlight(), { timeout: 10_000 }).toBe(0);
  expect(acting.slack.deliveries).toHaveLength(1);
  expect((await acting.actions()).map(({ state }) => state)).toEqual(['delivered']);
});
