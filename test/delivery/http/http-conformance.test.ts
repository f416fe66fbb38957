import { createHttpDestination } from '../../../src/delivery/http/http-destination.ts';
import { createGuardedFetch } from '../../../src/runtime/guarded-fetch.ts';
import { delivery, impatientClock } from '../../support/deliveries.ts';
import { type ConformanceSubject, describeConformance } from '../conformance.ts';

const SIGNING_SECRET = 'a-signing-secret-of-our-own';
const BEARER = 'bearer-token-of-the-rule-4711';

const subject: ConformanceSubject = {
  name: 'http.request with the guarded fetch',
  create: (_url, timeoutMs) =>
    createHttpDestination({
      fetch: createGuardedFetch({ allowPrivate: true }),
      secret: SIGNING_SECRET,
      clock: impatientClock(1_772_000_000_000),
      timeoutMs,
    }),
  delivery: (url) =>
    delivery('http.request', {
      url: `${url}/hook?key=query-secret-0815`,
      headers: { authorization: `Bearer ${BEARER}` },
      body: { session: 's1' },
    }),
  secrets: [SIGNING_SECRET, BEARER],
  isTheCall: () => true,
  healthy: () => ({ status: 200, body: { id: '17' } }),
  expectStatus: (status) => {
    if (status < 300) return 'delivered';
    return status >= 500 || [408, 425, 429].includes(status) ? 'retry' : 'refused';
  },
  // A status decides, even when the body breaks off.
  expectFault: { reset: 'uncertain', hang: 'uncertain', half: 'delivered', garbage: 'uncertain', endless: 'delivered' },
};

describeConformance(subject);
describeConformance({
  ...subject,
  name: "http.request with the platform's fetch",
  create: (_url, timeoutMs) =>
    createHttpDestination({ fetch, secret: SIGNING_SECRET, clock: impatientClock(1_772_000_000_000), timeoutMs }),
  expectStatus: (status) => (status === 407 ? 'uncertain' : subject.expectStatus(status)),
});
