import { sha256Hex } from '../domain/hash.ts';

/**
 * A comparison with a secret that takes the same time whatever is given. The digests are compared and not the texts, so
 * not even the length tells anything.
 */
export function createSecretMatcher(secret: string): (given: string) => boolean {
  const expected = sha256Hex(secret);
  return (given) => {
    const digest = sha256Hex(given);
    let difference = 0;
    for (let index = 0; index < expected.length; index += 1) {
      difference |= expected.charCodeAt(index) ^ digest.charCodeAt(index);
    }
    return difference === 0;
  };
}
