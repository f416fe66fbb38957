import type { LookupAddress, lookup } from 'node:dns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressRefusedError } from '../../src/delivery/http/address-refused.ts';
import { createGuardedFetch } from '../../src/runtime/guarded-fetch.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';

/** A resolver of our own: what each question is answered, in turn. */
function resolver(...answers: LookupAddress[][]): { lookup: typeof lookup; asked: () => number } {
  let asked = 0;
  const answer = ((_host: string, _options: object, callback: (e: null, list: LookupAddress[]) => void) => {
    const list = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    callback(null, list);
  }) as unknown as typeof lookup;
  return { lookup: answer, asked: () => asked };
}

const v4 = (address: string): LookupAddress => ({ address, family: 4 });

describe('the guarded fetch', () => {
  let server: ScriptedServer;
  let port: string;
  beforeAll(async () => {
    server = await startScriptedServer(() => ({ status: 200, body: { ok: true } }));
    port = new URL(server.url).port;
  });
  afterAll(() => server.stop());

  const guarded = createGuardedFetch({ allowPrivate: false });

  it.each([
    '127.0.0.1',
    'localhost',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '169.254.169.254',
  ])('refuses %s, and nothing arrives', async (host) => {
    const before = server.requests.length;
    await expect(guarded(`http://${host}:${port}/`, {})).rejects.toThrow(AddressRefusedError);
    expect(server.requests).toHaveLength(before);
  });

  it('refuses a name that leads to a private address, also when another of its addresses is public', async () => {
    const { lookup } = resolver([v4('8.8.8.8'), v4('127.0.0.1')]);
    const fetch = createGuardedFetch({ allowPrivate: false, lookup });
    await expect(fetch(`http://rebind.example:${port}/`, {})).rejects.toThrow(AddressRefusedError);
  });

  it('asks for a name once: the address that was checked is the one that is called', async () => {
    // The second answer is what a rebinding resolver would give after the check.
    const { lookup, asked } = resolver([v4('203.0.114.7')], [v4('127.0.0.1')]);
    const fetch = createGuardedFetch({ allowPrivate: false, lookup });
    const outcome = await fetch(`http://rebind.example:${port}/`, { signal: AbortSignal.timeout(300) }).then(
      () => 'answered',
      () => 'failed',
    );
    expect(outcome).toBe('failed');
    expect(asked()).toBe(1);
  });

  it('lets private addresses through when it is told to, by name too', async () => {
    const { lookup } = resolver([v4('127.0.0.1')]);
    const fetch = createGuardedFetch({ allowPrivate: true, lookup });
    const response = await fetch(`http://internal.example:${port}/x?y=1`, { method: 'POST', body: 'hé' });
    expect(await response.json()).toEqual({ ok: true });
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', path: '/x?y=1', body: 'hé' });
    expect(server.requests.at(-1)?.headers).toMatchObject({ 'content-length': '3', host: `internal.example:${port}` });
  });

  it('takes http and https only', async () => {
    await expect(guarded('ftp://example.org/', {})).rejects.toThrow(TypeError);
  });
});
