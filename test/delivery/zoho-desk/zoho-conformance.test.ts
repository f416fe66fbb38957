import type { StoredToken, TokenStore } from '../../../src/delivery/zoho-desk/access-tokens.ts';
import { createZohoClient } from '../../../src/delivery/zoho-desk/zoho-client.ts';
import { createZohoDestination } from '../../../src/delivery/zoho-desk/zoho-destination.ts';
import type { Delivery } from '../../../src/domain/action.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import { delivery, impatientClock } from '../../support/deliveries.ts';
import { type ConformanceSubject, describeConformance } from '../conformance.ts';

const CLIENT_SECRET = 'conformance-client-secret';
const REFRESH_TOKEN = '1000.conformance.refresh-token';
const ACCESS_TOKEN = '1000.conformance.access-token';

const SESSION = {
  id: 's1',
  status: 'ON_HOLD',
  channelId: '65403000000038011',
  deskAssignee: { id: '65403000000190001', type: 'AGENT', name: 'Ana' },
  meta: { DESK_TICKET_ID: '65403000000543003' },
};

function privateStore(): TokenStore {
  let token: StoredToken | undefined;
  return {
    read: async () => token,
    withRefreshLock: async (_key, work) => {
      const done = await work(token);
      token = done.token ?? token;
      return done.value;
    },
  };
}

function subject(name: string, toDelivery: () => Delivery, rest: Partial<ConformanceSubject>): ConformanceSubject {
  return {
    name,
    create: (url, timeoutMs) => {
      const clock = impatientClock(1_772_000_000_000);
      return createZohoDestination({
        client: createZohoClient({
          deskUrl: url,
          accountsUrl: url,
          orgId: '106553778',
          clientId: '1000.CLIENT',
          clientSecret: CLIENT_SECRET,
          refreshToken: REFRESH_TOKEN,
          clock,
          tokens: privateStore(),
          timeoutMs,
        }),
        clock,
        directory: emptyDirectory,
        recentAssignments: async () => [],
        takenFrom: async () => [],
      });
    },
    delivery: toDelivery,
    secrets: [CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN],
    isTheCall: ({ method, path }) => method !== 'GET' && path.startsWith('/api/v1/'),
    healthy: ({ method, path }) => {
      if (path === '/oauth/v2/token') return { status: 200, body: { access_token: ACCESS_TOKEN, expires_in: 3600 } };
      if (path.startsWith('/api/v1/agents/zuid/')) return { status: 204 };
      if (path.startsWith('/api/v1/agents/')) return { status: 200, body: { id: '65403000000190014', name: 'Bruno' } };
      if (method === 'POST') return { status: 200, body: { id: '65403000000777001' } };
      const moved = { ...SESSION, deskAssignee: { id: '65403000000190014', type: 'AGENT', name: 'Bruno' } };
      return { status: 200, body: method === 'PATCH' ? moved : SESSION };
    },
    expectStatus: (status) => {
      // Only 2xx and a session say that it was done; a second look does not show it here.
      if (status < 300 || status === 407) return 'uncertain';
      if (status === 404 || status === 410) return 'skipped';
      return status >= 500 || [408, 425, 429].includes(status) ? 'retry' : 'refused';
    },
    expectFault: {
      reset: 'uncertain',
      hang: 'uncertain',
      half: 'uncertain',
      garbage: 'uncertain',
      endless: 'uncertain',
    },
    ...rest,
  };
}

describeConformance(
  subject('zoho.assignSession', () => delivery('zoho.assignSession', { agentId: '65403000000190014' }), {}),
);
describeConformance(subject('zoho.setSessionStatus', () => delivery('zoho.setSessionStatus', { status: 'ENDED' }), {}));
const comment = subject('zoho.commentTicket', () => delivery('zoho.commentTicket', { text: 'waited long' }), {});
describeConformance({
  ...comment,
  expectStatus: (status) => {
    if (status < 300) return 'delivered';
    // A comment is added by every call: whenever it may have been, that is said.
    if (status >= 500 && status !== 503) return 'uncertain';
    return comment.expectStatus(status);
  },
});
