import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { environmentSchema } from '../src/environment.ts';

const TOKEN = 'a-token-of-24-characters';

function getConfig(env: Record<string, string>) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(`expected a good configuration, got ${JSON.stringify(parsed.faults)}`);
  return parsed.config;
}

function faultsOf(env: Record<string, string>) {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.faults;
}

function warnedVariables(env: Record<string, string>) {
  return parseConfig(env).warnings.map((warning) => warning.variable);
}

describe('parseConfig', () => {
  it('gives working defaults for an empty environment', () => {
    const config = getConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      listensOnLoopback: true,
      database: { kind: 'pglite', dataDir: './data' },
      rulesDir: './rules',
      logLevel: 'info',
      storePersonalData: false,
      webhook: { verify: true, secret: undefined },
      http: { allowPrivate: false, signingSecret: undefined },
    });
    expect(config.zoho.credentials).toBeUndefined();
    expect(config.zoho.jwksUrl).toBe('https://desk.zoho.com/.well-known/jwks.json');
  });

  it('reads how often chats are read again, what that may cost, and when silence is told', () => {
    expect(getConfig({})).toMatchObject({
      reconcile: { everyMs: 300_000, creditsPerDay: 2_000 },
      deadManAfterMs: 21_600_000,
      maxReassignmentsPerHour: 3,
    });
    const off = getConfig({ RECONCILE_EVERY: 'off', DEAD_MAN_AFTER: 'Off' });
    expect([off.reconcile.everyMs, off.deadManAfterMs]).toEqual([undefined, undefined]);
    const bad = {
      RECONCILE_EVERY: '30s',
      ZOHO_CREDIT_BUDGET: '1.5',
      DEAD_MAN_AFTER: '6 h',
      MAX_REASSIGNMENTS_PER_HOUR: '0',
    };
    expect(faultsOf(bad).map(({ variable }) => variable)).toEqual(Object.keys(bad));
  });

  it('takes an empty value for an absent one and trims the others', () => {
    expect(getConfig({ PORT: '', ADMIN_TOKEN: '  ', ZOHO_ORG_ID: ' 123 ' })).toMatchObject({
      port: 8787,
      adminToken: undefined,
      zoho: { orgId: '123' },
    });
  });

  it('is frozen to its depth', () => {
    const config = getConfig({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.webhook, { verify: false })).toThrow(TypeError);
  });

  it('tells all faults at once, each with a remedy', () => {
    const faults = faultsOf({
      PORT: '70000',
      ADMIN_TOKEN: 'short',
      LOG_LEVEL: 'loud',
      ZOHO_DC: 'mars',
      ZOHO_DESK_URL: 'desk.zoho.eu',
      DATABASE_URL: 'mysql://db',
      STORE_PERSONAL_DATA: 'maybe',
      WEBHOOK_VERIFY: 'off',
      HOST: '0.0.0.0',
      WEBHOOK_SECRET: 'a/b',
    });
    expect(faults.map((fault) => fault.variable).sort()).toEqual([
      'ADMIN_TOKEN',
      'DATABASE_URL',
      'LOG_LEVEL',
      'PORT',
      'STORE_PERSONAL_DATA',
      'WEBHOOK_SECRET',
      'WEBHOOK_VERIFY',
      'ZOHO_DC',
      'ZOHO_DESK_URL',
    ]);
    for (const fault of faults) expect(fault.remedy).not.toBe('');
  });

  it('shows no value in any message, whatever the variables hold', () => {
    const names = Object.keys(environmentSchema.shape);
    const value = fc.string({ minLength: 4, maxLength: 40 }).map((text) => `q7${text.trim()}7q`);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (env) => {
        const parsed = parseConfig(env);
        const told = JSON.stringify([parsed.warnings, parsed.ok ? [] : parsed.faults]);
        for (const text of Object.values(env)) expect(told).not.toContain(JSON.stringify(text).slice(1, -1));
      }),
    );
  });

  it('wants at least 16 characters of ADMIN_TOKEN', () => {
    expect(faultsOf({ ADMIN_TOKEN: 'x'.repeat(15) })).toHaveLength(1);
    expect(getConfig({ ADMIN_TOKEN: 'x'.repeat(16) }).adminToken).toBe('x'.repeat(16));
  });

  it('refuses an ADMIN_TOKEN that cannot travel in a header', () => {
    expect(faultsOf({ ADMIN_TOKEN: `${TOKEN} é` })[0]?.variable).toBe('ADMIN_TOKEN');
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.4', false],
    ['127.0.0.1.example.org', false],
    ['localhost.example.org', false],
  ])('WEBHOOK_VERIFY=off on HOST=%s is accepted: %s', (host, accepted) => {
    expect(parseConfig({ WEBHOOK_VERIFY: 'off', HOST: host }).ok).toBe(accepted);
  });

  it.each([
    ['com', 'https://desk.zoho.com', 'https://accounts.zoho.com'],
    ['EU', 'https://desk.zoho.eu', 'https://accounts.zoho.eu'],
    ['in', 'https://desk.zoho.in', 'https://accounts.zoho.in'],
    ['au', 'https://desk.zoho.com.au', 'https://accounts.zoho.com.au'],
    ['com.cn', 'https://desk.zoho.com.cn', 'https://accounts.zoho.com.cn'],
    ['ca', 'https://desk.zohocloud.ca', 'https://accounts.zohocloud.ca'],
  ])('knows the hosts of the data centre %s', (dataCentre, deskUrl, accountsUrl) => {
    expect(getConfig({ ZOHO_DC: dataCentre }).zoho).toMatchObject({ deskUrl, accountsUrl });
  });

  it('lets http addresses override the hosts, and drops the slash at their end', () => {
    const config = getConfig({
      ZOHO_DC: 'eu',
      ZOHO_DESK_URL: 'http://127.0.0.1:4010/',
      ZOHO_ACCOUNTS_URL: 'http://127.0.0.1:4010/accounts/',
      SLACK_API_URL: 'http://127.0.0.1:4020/api/',
    });
    expect(config.zoho).toMatchObject({
      deskUrl: 'http://127.0.0.1:4010',
      accountsUrl: 'http://127.0.0.1:4010/accounts',
      jwksUrl: 'http://127.0.0.1:4010/.well-known/jwks.json',
    });
    expect(config.slack.apiUrl).toBe('http://127.0.0.1:4020/api');
  });

  it('keeps the address of the webhook within the 100 characters that Zoho accepts', () => {
    const publicUrl = 'https://vigia.example.org';
    const room = 100 - `${publicUrl}/webhooks/zoho-desk/`.length;
    expect(parseConfig({ PUBLIC_URL: publicUrl, WEBHOOK_SECRET: 's'.repeat(room) }).ok).toBe(true);
    expect(faultsOf({ PUBLIC_URL: publicUrl, WEBHOOK_SECRET: 's'.repeat(room + 1) })[0]?.variable).toBe(
      'WEBHOOK_SECRET',
    );
  });

  it('counts Zoho as connected only with all three credentials, and warns of a part of them', () => {
    const part = { ZOHO_CLIENT_ID: 'id', ZOHO_CLIENT_SECRET: 'secret' };
    expect(getConfig(part).zoho.credentials).toBeUndefined();
    expect(warnedVariables(part)).toContain('ZOHO_REFRESH_TOKEN');
    expect(getConfig({ ...part, ZOHO_REFRESH_TOKEN: 'refresh' }).zoho.credentials).toEqual({
      clientId: 'id',
      clientSecret: 'secret',
      refreshToken: 'refresh',
    });
  });

  it('warns of what works but not as one may think', () => {
    expect(warnedVariables({ HOST: '0.0.0.0', ZOHO_ORG_ID: '1' })).toEqual(['ZOHO_WEBHOOK_ID', 'ADMIN_TOKEN']);
    expect(warnedVariables({})).toEqual(['ZOHO_ORG_ID']);
    expect(warnedVariables({ ZOHO_ORG_ID: '1', ZOHO_WEBHOOK_ID: '2', ADMIN_TOKEN: TOKEN })).toEqual([]);
  });

  it('warns of a misspelled variable and of no variable of other programs', () => {
    const env = { ZOHO_ORG_ID: '1', ZOHO_WEBHOOK_ID: '2', ADMINTOKEN: TOKEN, HOSTNAME: 'box', PATH: '/bin' };
    expect(parseConfig(env).warnings).toEqual([
      { variable: 'ADMINTOKEN', message: 'ADMINTOKEN is not read.', remedy: 'Did you mean ADMIN_TOKEN?' },
    ]);
  });
});

describe('.env.example', () => {
  it('explains every variable of the schema, and no other', async () => {
    const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    const explained = [...text.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
    expect([...explained].sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  it('shows the values that hold when nothing is set', async () => {
    const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    const shown = Object.fromEntries(
      [...text.matchAll(/^#([A-Z][A-Z_]+)=(.+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
    );
    expect(getConfig({ ...shown, PUBLIC_URL: '' })).toEqual(getConfig({}));
  });
});
