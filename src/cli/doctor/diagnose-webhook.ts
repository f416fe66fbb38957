import type { Config } from '../../config.ts';
import type { Clock } from '../../domain/clock.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { createJwks } from '../../ingress/zoho-desk/jwks.ts';
import type { Reporter } from './finding.ts';

/** Zoho refuses a longer address when a webhook is changed. */
const MAX_LENGTH = 100;
const PATH = '/webhooks/zoho-desk';
const TIMEOUT_MS = 5_000;

/** The address to enter in Zoho Desk, and whether it answers as Zoho wants it. */
export async function diagnoseAddress({ publicUrl, webhook }: Config, report: Reporter): Promise<void> {
  if (publicUrl === undefined) {
    const remedy = 'Set PUBLIC_URL to the address under which Zoho reaches this server.';
    return report.warn('PUBLIC_URL is not set, so the address to enter in Zoho Desk is not known', remedy);
  }
  // The secret itself stays out of what people paste into tickets.
  const shown = `${publicUrl}${PATH}${webhook.secret === undefined ? '' : '/<WEBHOOK_SECRET>'}`;
  const length = `${publicUrl}${PATH}${webhook.secret === undefined ? '' : `/${webhook.secret}`}`.length;
  const said = `enter ${shown} in Zoho Desk (${length} of ${MAX_LENGTH} characters)`;
  const { protocol, hostname } = new URL(publicUrl);
  if (length > MAX_LENGTH) report.fail(said, 'Zoho refuses it: use a shorter PUBLIC_URL or WEBHOOK_SECRET.');
  else if (isLoopback(hostname)) report.warn(said, 'Only this machine reaches that address: Zoho cannot.');
  else if (protocol !== 'https:') report.warn(said, 'Use https: tokens and chats would travel in the open.');
  else report.ok(said);
  if (await answersProbe(`${publicUrl}${PATH}`)) report.ok('it answers the probe that Zoho sends');
  else {
    const remedy = `Start the server, then try from outside: curl -i ${publicUrl}${PATH} (this machine may not reach its own public address)`;
    report.warn('it did not answer the probe that Zoho sends (GET, 200)', remedy);
  }
}

async function answersProbe(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Whether what comes there can be proven to be from Zoho. */
export async function diagnoseKeys({ webhook, zoho }: Config, clock: Clock, report: Reporter): Promise<void> {
  // Both without are told of among the environment's warnings.
  if (!webhook.verify || zoho.orgId === undefined) return;
  const jwks = createJwks({ url: zoho.jwksUrl, clock, fetch: globalThis.fetch });
  const lookup = await jwks.findKey('none has this id');
  if (lookup.kind !== 'unavailable') return report.ok(`the keys of Zoho Desk can be read (${zoho.jwksUrl})`);
  const remedy = 'Check the network, ZOHO_DC and ZOHO_DESK_URL: until then webhooks are answered with 503.';
  report.fail(`the keys of Zoho Desk cannot be read (${zoho.jwksUrl})`, remedy);
}
