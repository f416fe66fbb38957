import { type CryptoKey, importJWK } from 'jose';
import * as z from 'zod';
import type { Clock } from '../../domain/clock.ts';

/**
 * The public keys of Zoho Desk by key id, fetched when first needed and kept. Own code and not jose's remote set,
 * because the outcomes differ: a key that does not exist is the sender's fault (401), a key that cannot be looked up is
 * not (503), and keys that we have stay good while Zoho cannot be reached.
 */
export type KeyLookup = { kind: 'found'; key: CryptoKey } | { kind: 'unknown' } | { kind: 'unavailable' };

export interface JwksOptions {
  url: string;
  clock: Clock;
  fetch: typeof fetch;
  memory?: KeyMemory | undefined;
  /** Told of a fetch that goes on beside the answer: Workers would cut it off. */
  keepAlive?: ((work: Promise<void>) => void) | undefined;
}

/**
 * What is known of the keys. Data only: on Workers it is kept from request to request, while a fetch belongs to the
 * request that began it and must not be waited for by another.
 */
export interface KeyMemory {
  keys: ReadonlyMap<string, CryptoKey>;
  /** When the keys were fetched, epoch ms. */
  fetchedAt: number;
  /** When the last fetch ended, well or not. */
  triedAt: number;
  failed: boolean;
}

export function createKeyMemory(): KeyMemory {
  return { keys: new Map(), fetchedAt: Number.NEGATIVE_INFINITY, triedAt: Number.NEGATIVE_INFINITY, failed: false };
}

/** An unknown key id makes us look again, but no oftener than this: anybody can send made-up ids. */
const UNKNOWN_KEY_PAUSE_MS = 10_000;
/** After a failed fetch the next is tried no sooner than this. */
const FAILURE_PAUSE_MS = 1_000;
/** Keys older than this are fetched anew beside the work, so that a withdrawn key does not stay good for ever. */
const REFRESH_AFTER_MS = 3_600_000;
/** Zoho waits 5 s for our answer. */
const FETCH_TIMEOUT_MS = 2_500;

const jwksSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.string().optional(), kid: z.string().optional(), use: z.string().optional() })),
});

export function createJwks({ url, clock, fetch, memory = createKeyMemory(), keepAlive }: JwksOptions): {
  findKey(kid: string): Promise<KeyLookup>;
} {
  let running: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      memory.keys = await fetchKeys(url, fetch);
      memory.fetchedAt = clock.now();
      memory.failed = false;
    } catch {
      memory.failed = true;
    }
    memory.triedAt = clock.now();
    running = undefined;
  }

  /** One fetch at a time, whoever asks; undefined when the last one is too recent. */
  function refresh(): Promise<void> | undefined {
    if (running !== undefined) return running;
    const sinceLast = clock.now() - memory.triedAt;
    // Below zero: the clock was set back.
    if (sinceLast >= 0 && sinceLast < (memory.failed ? FAILURE_PAUSE_MS : UNKNOWN_KEY_PAUSE_MS)) return undefined;
    running = load();
    return running;
  }

  function refreshBeside(): void {
    const work = refresh();
    if (work !== undefined) keepAlive?.(work);
  }

  return {
    async findKey(kid) {
      const known = memory.keys.get(kid);
      if (known !== undefined) {
        if (clock.now() - memory.fetchedAt > REFRESH_AFTER_MS) refreshBeside();
        return { kind: 'found', key: known };
      }
      await refresh();
      const key = memory.keys.get(kid);
      if (key !== undefined) return { kind: 'found', key };
      return { kind: memory.failed ? 'unavailable' : 'unknown' };
    },
  };
}

/** Throws when the set cannot be had or holds no usable key. */
async function fetchKeys(url: string, fetch: typeof globalThis.fetch): Promise<Map<string, CryptoKey>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // A redirect would let another host name the keys; Workers know no 'error'.
    redirect: 'manual',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the key set answered ${response.status}`);
  }
  const { keys } = jwksSchema.parse(await response.json());
  const imported = new Map<string, CryptoKey>();
  for (const { kid, use, ...jwk } of keys) {
    if (kid === undefined || jwk.kty !== 'RSA' || (use !== undefined && use !== 'sig')) continue;
    const key = await importJWK({ ...jwk, kty: 'RSA' }, 'RS256').catch(() => undefined);
    // A key pair's private half has no business here and could not verify.
    if (key !== undefined && !(key instanceof Uint8Array) && key.type === 'public') imported.set(kid, key);
  }
  if (imported.size === 0) throw new Error('the key set holds no RSA key');
  return imported;
}
