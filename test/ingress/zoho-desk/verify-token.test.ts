import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../../src/domain/clock.ts';
import {
  createVerifierMemory,
  createZohoVerifier,
  type ZohoVerifierOptions,
} from '../../../src/ingress/zoho-desk/verify-token.ts';
import { createSigningKey, type KeyServer, type SigningKey, startKeyServer } from './key-server.ts';

const NOW = Date.parse('2026-03-02T13:00:00Z');
const NOW_SECONDS = NOW / 1000;

let first: SigningKey;
let second: SigningKey;
let server: KeyServer;
let clock: ManualClock;

beforeAll(async () => {
  [first, second] = await Promise.all([createSigningKey('first'), createSigningKey('second')]);
});
beforeEach(async () => {
  server = await startKeyServer([first.publicJwk]);
  clock = createManualClock(NOW);
});
afterEach(() => server.close());

function createVerifier(options: Partial<ZohoVerifierOptions> = {}) {
  return createZohoVerifier({ jwksUrl: server.jwksUrl, orgId: '42', webhookId: '7', clock, ...options });
}

function claims(changes: Record<string, unknown> = {}) {
  return { iss: 'orgId:42', aud: 'webhookId:7', iat: NOW_SECONDS, exp: NOW_SECONDS + 300, ...changes };
}

const rejected = (check: string) => ({ ok: false, kind: 'rejected', check });
const unavailable = { ok: false, kind: 'unavailable', check: 'key-set-unreachable' };

describe('a token of Zoho', () => {
  it('passes and names the portal', async () => {
    expect(await createVerifier().verify(await first.sign(claims()))).toEqual({ ok: true, orgId: '42' });
  });

  it('may state its times in milliseconds, or in digits', async () => {
    const verifier = createVerifier();
    for (const times of [
      { iat: NOW, exp: NOW + 300_000 },
      { iat: String(NOW), exp: String(NOW + 300_000) },
      { iat: String(NOW_SECONDS), exp: String(NOW_SECONDS + 300) },
    ]) {
      expect(await verifier.verify(await first.sign(claims(times)))).toMatchObject({ ok: true });
    }
  });

  it('asks for the keys once, however many tokens come at the same time', async () => {
    const verifier = createVerifier();
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, nr) => first.sign(claims({ nr }))));
    const verdicts = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(verdicts.every((verdict) => verdict.ok)).toBe(true);
    expect(server.requests).toBe(1);
  });

  it('passes for any webhook of the portal when no webhook id is configured', async () => {
    const verifier = createVerifier({ webhookId: undefined });
    expect(await verifier.verify(await first.sign(claims({ aud: 'webhookId:99' })))).toMatchObject({ ok: true });
    expect(await verifier.verify(await first.sign(claims({ aud: 'somebody:99' })))).toEqual(rejected('audience'));
    expect(await verifier.verify(await first.sign(claims({ aud: 'webhookId:' })))).toEqual(rejected('audience'));
  });
});

describe('what is refused, and the check that the log names', () => {
  it.each([
    ['another portal', { iss: 'orgId:43' }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['another webhook', { aud: 'webhookId:8' }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['expired', { exp: NOW_SECONDS - 61 }, 'expired'],
    ['expired, in milliseconds', { exp: NOW - 60_001 }, 'expired'],
    ['no expiry', { exp: undefined }, 'expired'],
  ])('%s', async (_name, change, check) => {
    expect(await createVerifier().verify(await first.sign(claims(change)))).toEqual(rejected(check));
  });

  it.each([
    ['expired a minute ago', { exp: NOW_SECONDS - 60 }],
    ['issued a minute ahead', { iat: NOW_SECONDS + 60 }],
    ['no time of issue', { iat: undefined }],
  ])('%s is within the tolerance', async (_name, change) => {
    expect(await createVerifier().verify(await first.sign(claims(change)))).toMatchObject({ ok: true });
  });

  it('a token of the future is Zoho’s all the same: our clock is behind, and it tells how late it can be', async () => {
    const ahead = { iat: NOW_SECONDS + 3_600, exp: NOW_SECONDS + 4_200 };
    expect(await createVerifier().verify(await first.sign(claims(ahead)))).toEqual({
      ok: true,
      orgId: '42',
      latestSourceTime: NOW + 4_200_000,
    });
    expect(await createVerifier().verify(await second.sign(claims(ahead)))).toEqual(rejected('key-id'));
  });

  it('no token, an empty one, a broken one, an oversized one', async () => {
    const verifier = createVerifier();
    expect(await verifier.verify(undefined)).toEqual(rejected('token-missing'));
    expect(await verifier.verify('')).toEqual(rejected('token-missing'));
    expect(await verifier.verify('not.a.token')).toEqual(rejected('token-format'));
    expect(await verifier.verify('a'.repeat(9_000))).toEqual(rejected('token-format'));
    expect(server.requests).toBe(0);
  });

  it('an unsigned token', async () => {
    const token = new UnsecuredJWT(claims()).encode();
    expect(await createVerifier().verify(token)).toEqual(rejected('algorithm'));
  });

  it('a token signed by HS256 with the public key as its secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(first.publicJwk));
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret);
    expect(await createVerifier().verify(token)).toEqual(rejected('algorithm'));
  });

  it('a token without a key id', async () => {
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(first.privateKey);
    expect(await createVerifier().verify(token)).toEqual(rejected('key-id'));
  });

  it('a token that another key signed under the name of a good one', async () => {
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', kid: 'first' })
      .sign(second.privateKey);
    expect(await createVerifier().verify(token)).toEqual(rejected('signature'));
  });

  it('a token whose claims were changed after the signing', async () => {
    const [header, , signature] = (await first.sign(claims({ iss: 'orgId:43' }))).split('.');
    const [, payload] = (await first.sign(claims())).split('.');
    expect(await createVerifier().verify(`${header}.${payload}.${signature}`)).toEqual(rejected('signature'));
  });

  it('a token that was good, once it has expired', async () => {
    const verifier = createVerifier();
    const token = await first.sign(claims());
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    clock.advance(361_000);
    expect(await verifier.verify(token)).toEqual(rejected('expired'));
  });
});

describe('the key set', () => {
  it('is read again when a token names a new key', async () => {
    const verifier = createVerifier();
    await verifier.verify(await first.sign(claims()));
    server.keys = [second.publicJwk];
    clock.advance(10_000);
    expect(await verifier.verify(await second.sign(claims()))).toMatchObject({ ok: true });
    expect(await verifier.verify(await first.sign(claims({ nr: 2 })))).toEqual(rejected('key-id'));
  });

  it('is not asked for each made-up key id', async () => {
    const verifier = createVerifier();
    await verifier.verify(await first.sign(claims()));
    for (let nr = 0; nr < 30; nr += 1) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'RS256', kid: `made-up-${nr}` })
        .sign(second.privateKey);
      expect(await verifier.verify(token)).toEqual(rejected('key-id'));
      clock.advance(500);
    }
    // 15 s at one request in 10 s, after the first.
    expect(server.requests).toBeLessThanOrEqual(3);
    expect(await verifier.verify(await first.sign(claims({ nr: 2 })))).toMatchObject({ ok: true });
  });

  it('is known to every verifier of one memory, once one has read it', async () => {
    const memory = createVerifierMemory();
    await createVerifier({ memory }).verify(await first.sign(claims()));
    expect(await createVerifier({ memory }).verify(await first.sign(claims({ nr: 2 })))).toMatchObject({ ok: true });
    expect(server.requests).toBe(1);
  });

  it('is read for each verifier anew while the fetch of another has not ended, and may never end', async () => {
    const memory = createVerifierMemory();
    const never = () => new Promise<Response>(() => undefined);
    const [token, other] = [await first.sign(claims()), await first.sign(claims({ nr: 2 }))];
    void createVerifier({ memory, fetch: never }).verify(token);
    expect(await createVerifier({ memory }).verify(other)).toMatchObject({ ok: true });
  });

  it('is read anew beside the answer when it is old, and whoever keeps the process is told of it', async () => {
    const memory = createVerifierMemory();
    await createVerifier({ memory }).verify(await first.sign(claims()));
    server.keys = [second.publicJwk];
    clock.advance(3_600_001);
    const kept: Promise<void>[] = [];
    const verifier = createVerifier({ memory, keepAlive: (work) => kept.push(work) });
    const fresh = { iat: clock.now() / 1000, exp: clock.now() / 1000 + 60 };
    expect(await verifier.verify(await first.sign(claims(fresh)))).toMatchObject({ ok: true });
    expect(kept).toHaveLength(1);
    await Promise.all(kept);
    expect(await verifier.verify(await first.sign(claims({ ...fresh, nr: 2 })))).toEqual(rejected('key-id'));
  });

  it('that cannot be reached is no fault of the token, and is asked again soon', async () => {
    server.failWith = 500;
    const verifier = createVerifier();
    const token = await first.sign(claims());
    expect(await verifier.verify(token)).toEqual(unavailable);
    expect(await verifier.verify(token)).toEqual(unavailable);
    expect(server.requests).toBe(1);
    server.failWith = undefined;
    clock.advance(1_000);
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
  });

  it('on a closed port is unavailable', async () => {
    await server.close();
    expect(await createVerifier().verify(await first.sign(claims()))).toEqual(unavailable);
  });

  it.each([
    ['a redirect', 302],
    ['a success without keys', 204],
  ])('that answers %s is unavailable', async (_name, status) => {
    server.failWith = status;
    expect(await createVerifier().verify(await first.sign(claims()))).toEqual(unavailable);
  });

  it('without a usable key is unavailable', async () => {
    server.keys = [
      { kty: 'oct', kid: 'first', k: 'c2VjcmV0' },
      { kty: 'RSA', kid: 'broken' },
    ];
    expect(await createVerifier().verify(await first.sign(claims()))).toEqual(unavailable);
  });

  it('stays good while Zoho cannot be reached; a new key is then unavailable, not refused', async () => {
    const verifier = createVerifier();
    await verifier.verify(await first.sign(claims()));
    await server.close();
    clock.advance(2 * 3_600_000);
    const later = { iat: NOW_SECONDS + 7_200, exp: NOW_SECONDS + 7_500 };
    expect(await verifier.verify(await first.sign(claims(later)))).toMatchObject({ ok: true });
    expect(await verifier.verify(await second.sign(claims(later)))).toEqual(unavailable);
  });

  it('drops a withdrawn key within the hour after its withdrawal, without making anybody wait', async () => {
    const verifier = createVerifier();
    await verifier.verify(await first.sign(claims()));
    server.keys = [second.publicJwk];
    clock.advance(3_600_001);
    const later = { iat: NOW_SECONDS + 3_600, exp: NOW_SECONDS + 3_900 };
    expect(await verifier.verify(await first.sign(claims(later)))).toMatchObject({ ok: true });
    await expect
      .poll(async () => verifier.verify(await first.sign(claims({ ...later, nr: Math.random() }))))
      .toEqual(rejected('key-id'));
  });

  it.each([
    ['withdrawn', () => second.publicJwk, 'key-id'],
    ['replaced under its name', () => ({ ...second.publicJwk, kid: 'first' }), 'signature'],
  ])('that shows a key as %s takes the tokens with it that were found good before', async (_name, keyOfNow, check) => {
    const verifier = createVerifier();
    const token = await first.sign(claims({ exp: NOW_SECONDS + 86_400 }));
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    server.keys = [keyOfNow()];
    clock.advance(3_600_001);
    await expect.poll(() => verifier.verify(token)).toEqual(rejected(check));
  });
});
