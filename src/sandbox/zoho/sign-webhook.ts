/**
 * The `X-ZDesk-JWT` of a webhook as Zoho makes it: RS256 with a `kid`, issuer `orgId:<id>`, audience `webhookId:<id>`. It
 * says who sent the request and until when it may be believed; it does not cover the body. Zoho's text gives `iat` and
 * `exp` in milliseconds and its example in seconds, so the unit can be chosen.
 */
import { importJWK, SignJWT } from 'jose';
import { type SigningKey, sandboxKey } from './sandbox-key.ts';

export const WEBHOOK_JWT_HEADER = 'X-ZDesk-JWT';

export interface SignWebhookInput {
  orgId: string;
  webhookId: string;
  /** The instant of signing, epoch ms. */
  now: number;
  /** How long the token is good; default ten minutes. */
  lifeMs?: number;
  /** Unit of `iat` and `exp`; default seconds. */
  unit?: 's' | 'ms';
  /** Default: the sandbox's fixed key. */
  key?: SigningKey;
}

const DEFAULT_LIFE_MS = 600_000;

/** The signed token, ready for the header. */
export async function signWebhook(input: SignWebhookInput): Promise<string> {
  const key = input.key ?? sandboxKey;
  const toUnit = (ms: number) => (input.unit === 'ms' ? ms : Math.floor(ms / 1000));
  const claims = {
    iss: `orgId:${input.orgId}`,
    aud: `webhookId:${input.webhookId}`,
    iat: toUnit(input.now),
    exp: toUnit(input.now + (input.lifeMs ?? DEFAULT_LIFE_MS)),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .sign(await importedKey(key));
}

const imported = new WeakMap<SigningKey, ReturnType<typeof importJWK>>();

/** The key in the form that signs, imported once: that costs more than the signature. */
function importedKey(key: SigningKey): ReturnType<typeof importJWK> {
  const known = imported.get(key) ?? importJWK(key.jwk, 'RS256');
  imported.set(key, known);
  return known;
}
