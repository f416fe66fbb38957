import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startZoho, toAnswer, type ZohoClient } from '../../support/stand-in-client.ts';

describe('the accounts server of the Zoho stand-in', () => {
  let client: ZohoClient;
  beforeEach(async () => {
    client = await startZoho();
  });
  afterEach(() => client.zoho.stop());

  const refresh = async (changes: Record<string, string> = {}) => {
    const { oauth } = client.zoho.world;
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: oauth.refreshToken,
      client_id: oauth.clientId,
      client_secret: oauth.clientSecret,
      ...changes,
    });
    return toAnswer(await fetch(`${client.zoho.url}/oauth/v2/token`, { method: 'POST', body: form }));
  };

  test('a refresh gives a token for an hour and no new refresh token', async () => {
    const { status, body } = await refresh();
    expect(status).toBe(200);
    expect(body).toMatchObject({ expires_in: 3600, token_type: 'Bearer' });
    expect(body).not.toHaveProperty('refresh_token');
  });

  test.each([
    [{ refresh_token: 'another' }, 'invalid_code'],
    [{ client_id: 'another' }, 'invalid_client'],
    [{ client_secret: 'another' }, 'invalid_client_secret'],
  ])('wrong credentials %o come as HTTP 200 with error %s', async (changes, error) => {
    const { status, body } = await refresh(changes);
    expect(status).toBe(200);
    expect(body).toEqual({ error });
  });

  test('the eleventh token within ten minutes is denied with HTTP 200, and granted when the window has moved on', async () => {
    for (let count = 1; count < 10; count += 1) expect((await refresh()).body.access_token).toBeDefined();
    const denied = await refresh();
    expect(denied.status).toBe(200);
    expect(denied.body).toMatchObject({ error: 'Access Denied' });
    client.clock.advance(600_001);
    expect((await refresh()).body.access_token).toBeDefined();
  });

  test('a token is refused with INVALID_OAUTH once its hour is over or it is revoked', async () => {
    expect((await client.call('GET', '/agents')).status).toBe(200);
    client.clock.advance(3_600_000);
    const expired = await client.call('GET', '/agents');
    expect(expired.status).toBe(401);
    expect(expired.body.errorCode).toBe('INVALID_OAUTH');
    const authorization = `Zoho-oauthtoken ${await client.token()}`;
    expect((await client.call('GET', '/agents', undefined, { authorization })).status).toBe(200);
    client.zoho.accounts.revokeTokens();
    expect((await client.call('GET', '/agents', undefined, { authorization })).status).toBe(401);
  });

  test('without a token, or without the right portal, nothing is answered', async () => {
    const bare = await client.call('GET', '/agents', undefined, { authorization: '' });
    expect(bare.status).toBe(401);
    expect(bare.body.errorCode).toBe('UNAUTHORIZED');
    const bearer = await client.call('GET', '/agents', undefined, { authorization: `Bearer ${await client.token()}` });
    expect(bearer.status).toBe(401);
    const other = await client.call('GET', '/agents', undefined, { orgId: '1' });
    expect(other.status).toBe(403);
    expect(other.body.errorCode).toBe('OAUTH_ORG_MISMATCH');
  });
});
