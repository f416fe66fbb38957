import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from './bindings.ts';
import { openInvocation } from './invocation.ts';
import { getIsolate } from './isolate.ts';
import { tick } from './tick.ts';

/**
 * Rings when the next hold falls due or the next delivery is to be tried again. A cron comes once a minute; rules count
 * in seconds. It keeps nothing but the time: what is due is in the database, and a clock that was lost is set again by
 * the next event or cron. A ring that fails is repeated by the platform.
 */
export class AlarmClock extends DurableObject<Bindings> {
  async ringAt(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || at < set) await this.ctx.storage.setAlarm(at);
  }

  async alarm(): Promise<void> {
    const invocation = await openInvocation(this.env, getIsolate(this.env), (at) => this.ringAt(at));
    try {
      await tick(invocation, 'alarm');
    } finally {
      await invocation.database.close();
    }
  }
}
