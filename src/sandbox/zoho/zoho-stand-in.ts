/**
 * A stand-in for Zoho: the accounts server and the Desk host in one, on one real socket. It checks what the real ones
 * are documented to check, forgets nothing between calls, and plays faults on demand.
 *
 * @example
 * const zoho = createZohoStandIn({ clock: systemClock });
 * await zoho.start();
 * const session = zoho.desk.createSession({ channelId: sandboxWorld.channels[0].id, at: clock.now() });
 * zoho.faults.add({ fault: 'timeout_after', method: 'PATCH', path: '/api/v1/im/sessions/*' });
 */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { Call } from '../http/calls.ts';
import type { Faults } from '../http/faults.ts';
import { createLocalServer } from '../http/local-server.ts';
import { createStandInApp, type StandInEnv, sendAnswer } from '../http/stand-in-app.ts';
import { sandboxWorld, type World } from '../world.ts';
import { type ApiLimits, limitCalls, PROFESSIONAL_LIMITS } from './api-limits.ts';
import { createDesk, type Desk } from './desk.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { type Accounts, createAccounts } from './oauth.ts';
import { addPeopleRoutes } from './people-routes.ts';
import { addPortalRoutes } from './portal-routes.ts';
import { ZohoRefusal, zohoErrors, zohoFaultPresets } from './refusals.ts';
import type { SigningKey } from './sandbox-key.ts';
import type { AssignAlone } from './session-patch.ts';
import { addSessionRoutes } from './session-routes.ts';
import { signWebhook } from './sign-webhook.ts';
import { addTicketRoutes } from './ticket-routes.ts';
import type { EventShape } from './webhook-event.ts';
import { createWebhookSender, type WebhookSender, type WebhookSenderOptions } from './webhook-sender.ts';

export interface ZohoStandInOptions {
  clock: Clock;
  /** Default 0: any free one. */
  port?: number;
  /** Default: the sandbox's company. */
  world?: World;
  /** Overrides the portal's id of the world. */
  orgId?: string;
  /** Overrides the webhook's id of the world. */
  webhookId?: string;
  /** Default: the sandbox's fixed key. */
  key?: SigningKey;
  /** Unit of `iat` and `exp` in the tokens that it signs; default seconds. */
  jwtUnit?: 's' | 'ms';
  /** What is unknown of the real events, to choose. */
  eventShape?: Partial<EventShape>;
  /** Whether changes through the API cause events; default true. */
  echo?: boolean;
  /** Whether `{agentId}` without a status is accepted on an assigned chat; default accepted. */
  assignAlone?: AssignAlone;
  limits?: Partial<ApiLimits>;
}

export interface ZohoStandIn {
  /** Base address of both hosts: `ZOHO_DESK_URL` and `ZOHO_ACCOUNTS_URL`. */
  readonly url: string;
  readonly world: World;
  readonly desk: Desk;
  readonly accounts: Accounts;
  readonly keys: KeyRing;
  readonly faults: Faults;
  /** Every request that came, oldest first. */
  readonly calls: readonly Call[];
  /** A token for a webhook sent at `now` (default: the clock's). */
  sign(now?: number): Promise<string>;
  /**
   * Subscribes an address to every event of the desk, one event a delivery, after Zoho's check of the address. Throws
   * `unavailable` when the address fails the check. `createTraffic` has a subscription of its own.
   */
  subscribe(url: string, options?: SubscribeOptions): Promise<WebhookSender>;
  start(): Promise<void>;
  /** Stops the server and every subscription. */
  stop(): Promise<void>;
}

export type SubscribeOptions = Omit<WebhookSenderOptions, 'clock' | 'url' | 'sign'>;

export function createZohoStandIn(options: ZohoStandInOptions): ZohoStandIn {
  const { clock } = options;
  const base = options.world ?? sandboxWorld;
  const world = { ...base, orgId: options.orgId ?? base.orgId, webhookId: options.webhookId ?? base.webhookId };
  const keys = createKeyRing(options.key);
  const accounts = createAccounts(clock, world.oauth);
  const desk = createDesk({
    world,
    ...(options.eventShape === undefined ? {} : { shape: options.eventShape }),
    ...(options.echo === undefined ? {} : { echo: options.echo }),
  });
  const wrongJwks = { wrong_jwks: () => ({ status: 200, body: keys.jwks('wrong') }) };
  const { app, faults, log } = createStandInApp(clock, { ...zohoFaultPresets, ...wrongJwks });
  const server = createLocalServer((request, env) => app.fetch(request, env), options.port);

  app.onError((error, c) => {
    if (error instanceof ZohoRefusal) return sendAnswer(c, error.answer);
    // A fault of the stand-in itself: it must not look like one of Zoho's.
    console.error(error);
    return c.text('The stand-in failed.', 500);
  });
  app.notFound((c) => sendAnswer(c, zohoErrors.notFound()));
  addAccounts(app, accounts, keys);
  app.use('/api/v1/*', limitCalls(clock, { ...PROFESSIONAL_LIMITS, ...options.limits }));
  app.use('/api/v1/*', authorize(accounts, world.orgId));
  const deps = { clock, desk, baseUrl: () => server.url, assignAlone: options.assignAlone ?? 'accepted' };
  addSessionRoutes(app, deps);
  addTicketRoutes(app, deps);
  addPortalRoutes(app, deps);
  addPeopleRoutes(app, deps);

  const sign = (now = clock.now()) =>
    signWebhook({
      orgId: world.orgId,
      webhookId: world.webhookId,
      now,
      key: keys.current,
      ...(options.jwtUnit === undefined ? {} : { unit: options.jwtUnit }),
    });
  const senders: WebhookSender[] = [];

  return {
    get url() {
      return server.url;
    },
    world,
    desk,
    accounts,
    keys,
    faults,
    calls: log.calls,
    sign,
    subscribe: async (url, subscribeOptions) => {
      const sender = createWebhookSender({ ...subscribeOptions, clock, url, sign });
      if (!(await sender.verify())) {
        throw new AppError('unavailable', `The webhook address ${url} answered neither GET nor POST with 200.`);
      }
      senders.push(sender);
      desk.onEvent((event) => sender.send([event]));
      return sender;
    },
    start: server.start,
    stop: async () => {
      await Promise.all(senders.map((sender) => sender.stop()));
      await server.stop();
    },
  };
}

function addAccounts(app: Hono<StandInEnv>, accounts: Accounts, keys: KeyRing): void {
  app.get('/.well-known/jwks.json', (c) => c.json(keys.jwks()));
  app.post('/oauth/v2/token', async (c) => {
    // Zoho takes the parameters as a form or in the query.
    const form = new URLSearchParams(await c.req.text());
    for (const [name, value] of new URL(c.req.url).searchParams) form.set(name, value);
    return c.json(accounts.refresh(form));
  });
}

/** `Authorization: Zoho-oauthtoken <token>` with a token that still lives, and the portal's id. */
function authorize(accounts: Accounts, orgId: string): MiddlewareHandler<StandInEnv> {
  return async (c, next) => {
    const token = /^Zoho-oauthtoken (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined) return sendAnswer(c, zohoErrors.unauthorized());
    if (!accounts.accepts(token)) return sendAnswer(c, zohoErrors.invalidOauth());
    const named = orgIdOf(c);
    if (named === undefined) return sendAnswer(c, zohoErrors.badRequest());
    if (named !== orgId) return sendAnswer(c, zohoErrors.orgMismatch());
    return next();
  };
}

function orgIdOf(c: Context): string | undefined {
  return c.req.header('orgid') ?? c.req.query('orgId');
}
