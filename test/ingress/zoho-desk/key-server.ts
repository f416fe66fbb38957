import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key pair as Zoho Desk would have it: signs tokens, shows its public half. */
export interface SigningKey {
  kid: string;
  publicJwk: JWK;
  privateKey: CryptoKey;
  sign(claims: Record<string, unknown>): Promise<string>;
}

export async function createSigningKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
    privateKey,
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
  };
}

export interface KeyServer {
  jwksUrl: string;
  /** What it answers with; change it to rotate keys. */
  keys: JWK[];
  /** Answers this instead, when set. */
  failWith: number | undefined;
  /** How often the keys were asked for. */
  requests: number;
  close(): Promise<void>;
}

/** A server on a real socket that publishes a key set. */
export async function startKeyServer(keys: JWK[]): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    state.requests += 1;
    response.writeHead(state.failWith ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const state: KeyServer = {
    jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    keys,
    failWith: undefined,
    requests: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}
