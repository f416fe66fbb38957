/** The signing keys of the stand-in and the JWKS that it serves: rotation and a wrong set on demand. */
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { foreignPublicJwk, type SigningKey, sandboxKey } from './sandbox-key.ts';

export interface KeyRing {
  /** The key that signs from now on. */
  readonly current: SigningKey;
  /** Makes a new key and signs with it. `keepOld` (default) leaves the old ones in the set. */
  rotate(options?: { keepOld?: boolean }): Promise<SigningKey>;
  /** `wrong` serves other keys under the right ids, `empty` none. */
  serve(mode: JwksMode): void;
  jwks(mode?: JwksMode): { keys: JWK[] };
}

export type JwksMode = 'right' | 'wrong' | 'empty';

export function createKeyRing(first: SigningKey = sandboxKey): KeyRing {
  let keys = [first];
  let current = first;
  let served: JwksMode = 'right';
  let rotations = 0;
  return {
    get current() {
      return current;
    },
    rotate: async ({ keepOld = true } = {}) => {
      const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
      rotations += 1;
      current = { kid: `sandbox-rotated-${rotations}`, jwk: await exportJWK(privateKey) };
      keys = keepOld ? [...keys, current] : [current];
      return current;
    },
    serve: (mode) => {
      served = mode;
    },
    jwks: (mode = served) => ({
      keys: mode === 'empty' ? [] : keys.map((key) => toPublic(key.kid, mode === 'wrong' ? foreignPublicJwk : key.jwk)),
    }),
  };
}

function toPublic(kid: string, { kty = 'RSA', n = '', e = '' }: JWK): JWK {
  return { kty, n, e, kid, alg: 'RS256', use: 'sig' };
}
