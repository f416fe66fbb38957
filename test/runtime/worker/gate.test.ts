import { describe, expect, it } from 'vitest';
import { createGate, goThrough } from '../../../src/runtime/worker/gate.ts';

const within = (ms: number) => ({ until: Date.now() + ms, graceMs: 1_000 });

describe('the gate of an isolate', () => {
  it('lets one in at a time, who goes round once more for all who came meanwhile', async () => {
    const gate = createGate();
    let rounds = 0;
    let open = () => {};
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const inside = goThrough(gate, within(60_000), async () => {
      rounds += 1;
      if (rounds === 1) await held;
    });
    const never = () => Promise.reject(new Error('two are inside'));
    expect(await goThrough(gate, within(60_000), never)).toBe(false);
    expect(await goThrough(gate, within(60_000), never)).toBe(false);
    open();
    expect(await inside).toBe(true);
    expect(rounds).toBe(2);
  });

  it('is free again after a failure, and when the time of who never came back is up', async () => {
    const gate = createGate();
    await expect(goThrough(gate, within(60_000), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    void goThrough(gate, { until: Date.now() - 1_000, graceMs: 0 }, () => new Promise<void>(() => undefined));
    let worked = false;
    const done = await goThrough(gate, within(60_000), async () => {
      worked = true;
    });
    expect([done, worked]).toEqual([true, true]);
  });

  it('says that not all is done when the time was up while somebody had left word', async () => {
    const gate = createGate();
    const done = goThrough(gate, { until: Date.now() - 1, graceMs: 60_000 }, async () => {
      await goThrough(gate, within(1_000), () => Promise.resolve());
    });
    expect(await done).toBe(false);
  });
});
