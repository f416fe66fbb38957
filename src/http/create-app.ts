import { getLogger } from '@logtape/logtape';
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { type GenerateSpecOptions, openAPIRouteHandler } from 'hono-openapi';
import { accessLog } from './access-log.ts';
import { createApi } from './api/create-api.ts';
import type { AppDeps, AppEnv } from './app-deps.ts';
import { createAccess } from './auth/access.ts';
import { createLoginRoutes } from './auth/login-routes.ts';
import { handleError, handleNotFound } from './problem.ts';
import { createHealthRoutes, createMetricsRoute } from './service-routes.ts';
import { createSlackInteractions } from './slack-interactions.ts';
import { createZohoWebhook } from './zoho-webhook.ts';

const log = getLogger(['vigia', 'http']);

/** Nothing from elsewhere, nothing inline: customer texts and rule names appear on the pages. */
const SECURITY_HEADERS: Parameters<typeof secureHeaders>[0] = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // 'no-referrer' would make browsers send "Origin: null" with our own forms.
  referrerPolicy: 'same-origin',
  // Without includeSubDomains: other hosts of the domain are not ours to decide about. Browsers heed it on https only.
  strictTransportSecurity: 'max-age=15552000',
};

/** What anybody may see without a login: the form itself and what it looks like. */
const OPEN_PAGES = /^\/(?:login|assets\/.*)$/;

/**
 * The whole HTTP side as one application, the same on Node and on Workers:
 *
 *   /webhooks/zoho-desk   events, proven by Zoho's signature
 *   /slack/interactions   clicks on cards, proven by Slack's signature
 *   /api/v1, /metrics     behind the admin token
 *   /healthz, /readyz, /openapi.json   open
 *   everything else       the pages, behind the login
 */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const access = createAccess(deps);
  const app = new Hono<AppEnv>();
  app.onError(handleError);
  app.notFound(handleNotFound);
  app.use(requestId(), accessLog());
  // Before the headers that are for browsers: it answers a machine, thousands of times a second.
  app.route('/webhooks/zoho-desk', createZohoWebhook(deps));
  app.route('/slack/interactions', createSlackInteractions(deps));
  app.use(secureHeaders(SECURITY_HEADERS));

  app.route('/', createHealthRoutes(deps));
  app.use('/metrics', access.api);
  app.route('/metrics', createMetricsRoute(deps));
  app.use('/api/*', access.api);
  app.route('/api/v1', createApi(deps));
  app.get('/openapi.json', openAPIRouteHandler(app, { documentation: OPENAPI, defaultValidationErrorResponse: false }));
  app.all('/api/*', handleNotFound);
  app.all('/webhooks/*', handleNotFound);
  app.all('/slack/*', handleNotFound);

  app.route('/', createLoginRoutes(access, deps.config));
  app.use('*', (c, next) => (OPEN_PAGES.test(c.req.path) ? next() : access.board(c, next)));
  if (deps.dashboard !== undefined) app.route('/', deps.dashboard);

  if (deps.config.adminToken === undefined && deps.config.listensOnLoopback) {
    log.warning('ADMIN_TOKEN is not set: the API is open to everybody on this machine');
  }
  return app;
}

const OPENAPI: GenerateSpecOptions['documentation'] = {
  info: {
    title: 'Vigia',
    version: '1',
    description: 'Events of a Zoho Desk instant-messaging desk, judged by rules. Times are ISO 8601 in UTC.',
  },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The ADMIN_TOKEN' } } },
  tags: [
    { name: 'api', description: 'What there is, and what people can do to it' },
    { name: 'webhooks', description: 'How events and clicks come in' },
    { name: 'service', description: 'For machines that watch the service' },
  ],
};
