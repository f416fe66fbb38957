import { expect, test, vi } from 'vitest';
import type { DashboardDeps } from '../../src/dashboard/deps.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { AppError } from '../../src/domain/errors.ts';
import { aSnapshot, createMadeUpDashboard, emptySnapshot, NOW } from './made-up.ts';

/** The stream, in virtual time: `wall` paces it. */
const PACE = { minIntervalMs: 500, idleMs: 5_000, heartbeatMs: 10_000, maxLifeMs: 60_000 };

function createWatched(changes: Partial<DashboardDeps> = {}) {
  const wall = createManualClock(0);
  let text = 'first';
  let reads = 0;
  const dashboard = createMadeUpDashboard({
    pace: { ...PACE, wall },
    async board() {
      reads += 1;
      const snapshot = aSnapshot('same');
      return { ...snapshot, tiles: [{ tile: text, by: '', value: reads }] };
    },
    ...changes,
  });
  return {
    ...dashboard,
    wall,
    reads: () => reads,
    change(to: string) {
      text = to;
      dashboard.hub.changed();
    },
    async pass(ms: number) {
      await settle();
      for (let passed = 0; passed < ms; passed += 100) {
        wall.advance(100);
        await settle();
      }
    },
    async watch(headers: Record<string, string> = {}, path = '/live') {
      const left = new AbortController();
      const response = await dashboard.app.request(path, {
        headers: { accept: 'text/event-stream', ...headers },
        signal: left.signal,
      });
      const messages: string[] = [];
      let ended = false;
      void (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) messages.push(decoder.decode(chunk));
        ended = true;
      })();
      await settle();
      return { response, messages, leave: () => left.abort(), ended: () => ended };
    },
  };
}

/** Everything that waits for nothing but its turn. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const targets = (message = '') => [...message.matchAll(/hx-target="#(\w+)"/g)].map(([, id]) => id);

test('first a beat with the service’s time, then every fragment of the page', async () => {
  const board = createWatched();
  const { response, messages } = await board.watch();
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(messages[0]).toBe(`event: beat\ndata: ${NOW}\n\n`);
  const page = await (await board.app.request('/')).text();
  const fragments = targets(messages[1]);
  expect(fragments).toContain('alerts');
  expect(fragments).toHaveLength(12);
  for (const id of fragments) expect(page).toContain(`id="${id}"`);
});

test('then only what differs, and nothing at all when nothing does', async () => {
  const board = createWatched();
  const { messages } = await board.watch();
  board.change('second');
  await board.pass(600);
  expect(messages).toHaveLength(3);
  expect(targets(messages[2])).toEqual(['tiles']);
  expect(messages[2]).toContain('second');

  const still = createWatched({ board: async () => aSnapshot('same') });
  const quiet = await still.watch();
  still.hub.changed();
  await still.pass(2_000);
  expect(quiet.messages).toHaveLength(2);
});

test('a storm of changes is at most two pushes a second, and the last one is told', async () => {
  const board = createWatched();
  const { messages } = await board.watch();
  for (let number = 1; number <= 40; number += 1) {
    board.change(`change ${number}`);
    await board.pass(100);
  }
  await board.pass(500);
  const pushes = messages.slice(2);
  expect(pushes.length).toBeGreaterThanOrEqual(7);
  expect(pushes.length).toBeLessThanOrEqual(9);
  expect(pushes.at(-1)).toContain('change 40');
});

test('many viewers are one reading, each in their own language', async () => {
  const board = createWatched();
  const viewers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => board.watch({ 'accept-language': index % 2 === 0 ? 'en' : 'pt-BR' })),
  );
  expect(board.reads()).toBe(1);
  board.change('second');
  await board.pass(600);
  expect(board.reads()).toBe(2);
  for (const { messages } of viewers) expect(messages).toHaveLength(3);
  expect(viewers[0]?.messages[1]).toContain('Open alerts');
  expect(viewers[1]?.messages[1]).not.toContain('Open alerts');
});

test('who comes later gets the whole page at once, without a reading', async () => {
  const board = createWatched();
  await board.watch();
  const { messages } = await board.watch();
  expect(targets(messages[1])).toHaveLength(12);
  expect(board.reads()).toBe(1);
});

test('what changed without anybody telling is found within the idle time', async () => {
  const board = createWatched();
  const { messages } = await board.watch();
  await board.pass(PACE.minIntervalMs + PACE.idleMs + 100);
  expect(board.reads()).toBe(2);
  expect(messages.length).toBe(3);
});

test('a viewer who is gone is forgotten, and without viewers nothing is read', async () => {
  const board = createWatched();
  const one = await board.watch();
  const other = await board.watch();
  expect(board.hub.listeners()).toBe(1);
  one.leave();
  await board.pass(600);
  expect(one.ended()).toBe(true);
  board.change('second');
  await board.pass(600);
  expect(other.messages.at(-1)).toContain('second');
  expect(one.messages).toHaveLength(2);
  other.leave();
  await board.pass(600);
  expect(board.hub.listeners()).toBe(0);
  const before = board.reads();
  board.change('third');
  await board.pass(20_000);
  expect(board.reads()).toBe(before);
  expect(targets((await board.watch()).messages[1])).toHaveLength(12);
});

test('who is gone before the stream begins leaves nothing behind', async () => {
  const board = createWatched();
  const { app } = board;
  const response = await app.request('/live', { signal: AbortSignal.abort() });
  expect(await response.text()).toBe('');
  expect(board.hub.listeners()).toBe(0);
});

test('beats come in between, and the stream ends after its life', async () => {
  const board = createWatched({ board: async () => emptySnapshot });
  const { messages, ended } = await board.watch();
  await board.pass(PACE.maxLifeMs - 1_000);
  expect(messages.filter((message) => message.startsWith('event: beat'))).toHaveLength(6);
  expect(ended()).toBe(false);
  await board.pass(1_100);
  expect(ended()).toBe(true);
  expect(board.hub.listeners()).toBe(0);
});

test('a reading that fails is told as a fault, and everything comes when it works again', async () => {
  let works = true;
  const board = createWatched({
    async board() {
      if (!works) throw new AppError('unavailable', 'no connection');
      return emptySnapshot;
    },
  });
  const { messages } = await board.watch();
  works = false;
  board.hub.changed();
  await board.pass(600);
  expect(messages.at(-1)).toBe('event: fault\ndata: unreadable\n\n');
  works = true;
  await board.pass(2_100);
  expect(targets(messages.at(-1))).toHaveLength(12);
});

test('a viewer who reads slowly gets what is true now, not all that was', async () => {
  const board = createWatched();
  const response = await board.app.request('/live', { headers: { accept: 'text/event-stream' } });
  const reader = response.body?.getReader();
  for (let number = 1; number <= 6; number += 1) {
    board.change(`change ${number}`);
    await board.pass(600);
  }
  const read: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    read.push(new TextDecoder().decode((await reader?.read())?.value));
  }
  await reader?.cancel();
  await board.pass(600);
  expect(read[2]).toContain('change 6');
  expect(targets(read[2])).toHaveLength(12);
  await vi.waitFor(() => expect(board.hub.listeners()).toBe(0));
});

test('two filters are two readings: each viewer gets their own', async () => {
  const asked: unknown[] = [];
  const board = createWatched({
    async board(filter) {
      asked.push(filter);
      return emptySnapshot;
    },
  });
  await board.watch({}, '/live?status=OPEN');
  await board.watch({}, '/live?status=OPEN&other=1');
  await board.watch({}, '/live?status=-');
  expect(asked).toEqual([{ status: 'OPEN' }, { status: null }]);
});
