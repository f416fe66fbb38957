import { type CryptoKey, compactVerify, decodeProtectedHeader, errors } from 'jose';
import type { Clock } from '../../domain/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { createJwks, createKeyMemory, type KeyMemory } from './jwks.ts';

/**
 * Checks `X-ZDesk-JWT`: RS256 by a key of Zoho Desk, `iss` = `orgId:<id>`, `aud` = `webhookId:<id>`, in time. By Zoho's
 * text `exp` and `iat` are milliseconds, in its example seconds: both are understood. The token proves who sends, not
 * what is sent (it does not cover the body): whatever is destructive reads the session again first.
 */
export interface ZohoVerifierOptions {
  jwksUrl: string;
  orgId: string;
  /** Without it any webhook of the portal passes. */
  webhookId?: string | undefined;
  clock: Clock;
  fetch?: typeof fetch;
  /** Given where a verifier lives for one request only, as on Workers. */
  memory?: VerifierMemory | undefined;
  /** Told of work that goes on beside the answer; see JwksOptions. */
  keepAlive?: ((work: Promise<void>) => void) | undefined;
}

/** What a verifier learns: data only, which outlives it. */
export interface VerifierMemory {
  keys: KeyMemory;
  /** By token, those whose signature, issuer and audience were found good. */
  tokens: Map<string, Proof>;
}

/**
 * Holds for as long as the key is the one that Zoho shows: with a key that was withdrawn or replaced, its tokens go. The
 * claims are judged by the time anew.
 */
export interface Proof {
  kid: string;
  key: CryptoKey;
  claims: JsonObject;
}

export function createVerifierMemory(): VerifierMemory {
  return { keys: createKeyMemory(), tokens: new Map() };
}

/** Which check failed, for the log. */
export type TokenCheck =
  | 'token-missing'
  | 'token-format'
  | 'algorithm'
  | 'key-id'
  | 'key-set-unreachable'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired';

type Failure = { ok: false; kind: 'rejected' | 'unavailable'; check: TokenCheck };
/**
 * `latestSourceTime`: how late it can be by Zoho's clock (epoch ms), when the token was issued in what is the future to us. It
 * is Zoho's all the same: our clock is behind, and to refuse would lose what Zoho does not send again.
 */
export type Verified = { ok: true; orgId: string; latestSourceTime?: number };
export type Verification = Verified | Failure;

export interface ZohoVerifier {
  /** `rejected` is the sender's fault (401); `unavailable` means that we cannot tell now (503). Never throws. */
  verify(token: string | undefined): Promise<Verification>;
}

/** How far the clocks of Zoho and ours may differ. */
const TOLERANCE_MS = 60_000;
/** Ten times Zoho's own tokens; more is not worth parsing. */
const MAX_TOKEN_LENGTH = 8_192;
/** Numbers above this are milliseconds (1973 in ms, the year 5138 in seconds). */
const MS_FROM = 1e11;
/** Zoho sends the same token with many requests; a check of the signature costs 50 µs. A full cache is about 1 MB. */
const MAX_REMEMBERED = 1_000;

const reject = (check: TokenCheck): Failure => ({ ok: false, kind: 'rejected', check });

export function createZohoVerifier(options: ZohoVerifierOptions): ZohoVerifier {
  const { orgId, clock, memory = createVerifierMemory(), keepAlive } = options;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const jwks = createJwks({ url: options.jwksUrl, clock, fetch, memory: memory.keys, keepAlive });
  const audience = options.webhookId === undefined ? undefined : `webhookId:${options.webhookId}`;
  const remembered = memory.tokens;

  async function proveSignature(token: string): Promise<{ ok: true; proof: Proof } | Failure> {
    const header = readHeader(token);
    if (header === undefined) return reject('token-format');
    if (header.alg !== 'RS256') return reject('algorithm');
    if (header.kid === undefined) return reject('key-id');
    const { kid } = header;
    const lookup = await jwks.findKey(kid);
    if (lookup.kind === 'unavailable') return { ok: false, kind: 'unavailable', check: 'key-set-unreachable' };
    if (lookup.kind === 'unknown') return reject('key-id');
    try {
      const { key } = lookup;
      const { payload } = await compactVerify(token, key, { algorithms: ['RS256'] });
      const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
      return isJsonObject(claims) ? { ok: true, proof: { kid, key, claims } } : reject('token-format');
    } catch (error) {
      return reject(error instanceof errors.JWSSignatureVerificationFailed ? 'signature' : 'token-format');
    }
  }

  function checkParties(claims: JsonObject): TokenCheck | undefined {
    if (claims.iss !== `orgId:${orgId}`) return 'issuer';
    const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    const matches = (aud: Json | undefined) =>
      typeof aud === 'string' && (audience === undefined ? /^webhookId:.+/.test(aud) : aud === audience);
    return audiences.some(matches) ? undefined : 'audience';
  }

  function checkTime(claims: JsonObject): Verification {
    const now = clock.now();
    const expiresAt = toEpochMs(claims.exp);
    // A token that never expires is no token of Zoho's.
    if (expiresAt === undefined || now > expiresAt + TOLERANCE_MS) return reject('expired');
    const issuedAt = toEpochMs(claims.iat);
    return issuedAt !== undefined && issuedAt > now + TOLERANCE_MS
      ? { ok: true, orgId, latestSourceTime: Math.max(issuedAt, expiresAt) }
      : { ok: true, orgId };
  }

  /** Asks for the key each time, which also has the keys read anew when they are old. */
  async function recall(token: string): Promise<JsonObject | undefined> {
    const proof = remembered.get(token);
    if (proof === undefined) return undefined;
    const lookup = await jwks.findKey(proof.kid);
    if (lookup.kind === 'found' && lookup.key === proof.key) return proof.claims;
    remembered.delete(token);
    return undefined;
  }

  function remember(token: string, proof: Proof): void {
    // A Map keeps the order of insertion: its first key is the oldest.
    const oldest = remembered.keys().next().value;
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, proof);
  }

  return {
    async verify(token) {
      if (token === undefined || token === '') return reject('token-missing');
      if (token.length > MAX_TOKEN_LENGTH) return reject('token-format');
      let claims = await recall(token);
      if (claims === undefined) {
        const proven = await proveSignature(token);
        if (!proven.ok) return proven;
        claims = proven.proof.claims;
        const wrongParty = checkParties(claims);
        if (wrongParty !== undefined) return reject(wrongParty);
        remember(token, proven.proof);
      }
      const verification = checkTime(claims);
      if (!verification.ok) remembered.delete(token);
      return verification;
    },
  };
}

function readHeader(token: string): { alg: string | undefined; kid: string | undefined } | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg, kid: typeof kid === 'string' ? kid : undefined };
  } catch {
    return undefined;
  }
}

/** Epoch ms of a claim in seconds or ms, as a number or as its digits. */
function toEpochMs(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return number > MS_FROM ? number : number * 1000;
}
