import { getLogger } from '@logtape/logtape';
import { type Context, Hono } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { isWithin } from '../domain/clock.ts';
import { AppError, errorText } from '../domain/errors.ts';
import type { Receipt } from '../ingress/zoho-desk/desk-event.ts';
import { parseZohoBody } from '../ingress/zoho-desk/parse-body.ts';
import type { Verification, Verified } from '../ingress/zoho-desk/verify-token.ts';
import { isAwayFault } from '../store/database-fault.ts';
import type { AppDeps, AppEnv, IngestCounts } from './app-deps.ts';
import { describeProblem, toProblem } from './problem.ts';
import { readBody } from './read-body.ts';
import { createReceiverMemory } from './receiver-memory.ts';
import { createSecretMatcher } from './secrets.ts';

/**
 * The receiver of Zoho Desk's webhook. What each answer means to Zoho:
 *
 *   200  every item is durable, nothing else is promised. GET and HEAD answer it always: Zoho probes the address with them
 *   400  the body is neither a JSON array nor an object
 *   401  the token does not prove that Zoho sent it
 *   404  a secret belongs to the address, and this one has not got it
 *   413  more than 1 MiB
 *   503  not durable, or it cannot be told now whether it is from Zoho: send it again
 *
 * Never 201, 202 or 204 (only 200 counts as success), never 410 (it deletes the subscription).
 */
const MAX_BODY = 1024 * 1024;
/** What is to be set right is said in the log, but not for each request. */
const REMIND_AFTER_MS = 60_000;

const log = getLogger(['vigia', 'webhook']);

const acceptedSchema = z
  .object({
    stored: z.int().describe('New events'),
    repeated: z.int().describe('Events that were there already'),
    rejected: z.int().describe('Items that could not be read; kept with the reason'),
  })
  .meta({ id: 'WebhookAccepted' });

type Answer =
  | { outcome: 'accepted'; counts: IngestCounts }
  | { outcome: 'malformed' | 'not_authentic' | 'not_found' | 'too_large' | 'unavailable'; error: AppError };

const refuse = (outcome: Exclude<Answer['outcome'], 'accepted'>, error: AppError): Answer => ({ outcome, error });

/** To be mounted at `/webhooks/zoho-desk`. */
export function createZohoWebhook(deps: AppDeps): Hono<AppEnv> {
  const { config, clock, metrics, receiverMemory: memory = createReceiverMemory() } = deps;
  const matchesSecret = config.webhook.secret === undefined ? undefined : createSecretMatcher(config.webhook.secret);

  async function take(c: Context<AppEnv>): Promise<Answer> {
    const secret = c.req.param('secret');
    if (matchesSecret === undefined ? secret !== undefined : !matchesSecret(secret ?? '')) {
      return refuse('not_found', new AppError('not_found', 'There is nothing at this address.'));
    }
    const { orgId } = config.zoho;
    if (orgId === undefined) return refuse('unavailable', notConfigured());
    const [body, verification] = await Promise.all([readBody(c.req, MAX_BODY), verify(c, orgId)]);
    if (body === undefined) return refuse('too_large', new AppError('too_large', 'The body has more than 1 MiB.'));
    if (!verification.ok) return refuseToken(verification);
    const parsed = parseZohoBody(body, toReceipt(verification));
    if (!parsed.ok) return refuse('malformed', new AppError('bad_request', `Cannot be read: ${parsed.reason}.`));
    if (parsed.items.length === 0) return { outcome: 'accepted', counts: { stored: 0, repeated: 0, rejected: 0 } };
    try {
      return { outcome: 'accepted', counts: await deps.ingest(parsed.items) };
    } catch (error) {
      // That the database is away or too much waits is told where it is found out, not for each of many requests.
      const level = isAwayFault(error) ? 'debug' : 'error';
      log[level]('not durable, answering 503: {error}', { error: errorText(error), items: parsed.items.length });
      return refuse('unavailable', new AppError('unavailable', 'The events could not be stored; send them again.'));
    }
  }

  function verify(c: Context<AppEnv>, orgId: string): Promise<Verification> | Verification {
    if (!config.webhook.verify) return { ok: true, orgId };
    if (deps.verifier !== undefined) return deps.verifier.verify(c.req.header('x-zdesk-jwt'));
    throw new AppError('internal', 'The receiver has no verifier although signatures are to be checked.');
  }

  function notConfigured(): AppError {
    if (mayRemind()) {
      log.error('webhook answered 503: ZOHO_ORG_ID is not set, so nothing can be accepted');
    }
    return new AppError('not_configured', 'The receiver is not configured yet.', { remedy: 'Set ZOHO_ORG_ID.' });
  }

  function mayRemind(): boolean {
    if (isWithin(REMIND_AFTER_MS, memory.remindedAt, clock.now())) return false;
    memory.remindedAt = clock.now();
    return true;
  }

  function toReceipt({ orgId, latestSourceTime }: Verified): Receipt {
    const receipt: Receipt = { orgId, receivedAt: clock.now() };
    if (latestSourceTime === undefined) return receipt;
    if (mayRemind()) {
      log.warning("this machine's clock is more than a minute behind that of Zoho Desk: holds fire too late; set it");
    }
    return { ...receipt, latestSourceTime };
  }

  async function receive(c: Context<AppEnv>): Promise<Response> {
    const startedAt = performance.now();
    const answer = await take(c);
    metrics.webhookSeconds.observe((performance.now() - startedAt) / 1000);
    metrics.webhookRequests.add(1, { outcome: answer.outcome });
    if (answer.outcome !== 'accepted') return toProblem(c, answer.error);
    for (const outcome of ['stored', 'repeated', 'rejected'] as const) {
      if (answer.counts[outcome] > 0) metrics.events.add(answer.counts[outcome], { outcome });
    }
    return c.json(answer.counts, 200);
  }

  const probe = describeRoute({
    tags: ['webhooks'],
    summary: 'Answers the probe that Zoho Desk sends when the address is set',
    responses: { 200: { description: 'Always' } },
  });
  const describeReceive = describeRoute({
    tags: ['webhooks'],
    summary: 'Takes events of Zoho Desk: a JSON array of {payload, eventTime, eventType, orgId}',
    parameters: [
      { in: 'header', name: 'X-ZDesk-JWT', required: true, schema: { type: 'string' }, description: 'Signed by Zoho' },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: { type: ['array', 'object'] } } } },
    responses: {
      200: {
        description: 'Every item is durable',
        content: { 'application/json': { schema: resolver(acceptedSchema) } },
      },
      400: describeProblem('The body is neither a JSON array nor an object'),
      401: describeProblem('Not proven to come from Zoho'),
      404: describeProblem('Not the secret address'),
      413: describeProblem('More than 1 MiB'),
      503: describeProblem('Not durable; send it again'),
    },
  });
  return new Hono<AppEnv>()
    .get('/', probe, (c) => c.text('ok'))
    .get('/:secret', probe, (c) => c.text('ok'))
    .post('/', describeReceive, receive)
    .post('/:secret', describeReceive, receive);
}

function refuseToken(verification: Extract<Verification, { ok: false }>): Answer {
  if (verification.kind === 'unavailable') {
    log.warning('webhook answered 503: {check}', { check: verification.check });
    return refuse('unavailable', new AppError('unavailable', 'The keys of Zoho Desk cannot be read; send it again.'));
  }
  log.warning('webhook answered 401: check {check} failed', { check: verification.check });
  return refuse(
    'not_authentic',
    new AppError('unauthorized', 'The token does not prove that Zoho Desk sent this.', {
      remedy: 'ZOHO_ORG_ID, ZOHO_WEBHOOK_ID and ZOHO_DC have to be those of the webhook; the log names the check.',
    }),
  );
}
