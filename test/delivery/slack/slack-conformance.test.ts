import { createSlackDestination } from '../../../src/delivery/slack/slack-destination.ts';
import { emptyDirectory } from '../../../src/domain/directory.ts';
import { delivery, impatientClock } from '../../support/deliveries.ts';
import { type ConformanceSubject, describeConformance } from '../conformance.ts';

const TOKEN = 'xoxb-conformance-bot-token';

const post: ConformanceSubject = {
  name: 'slack.post',
  create: (url, timeoutMs) =>
    createSlackDestination({
      token: TOKEN,
      apiUrl: `${url}/api`,
      clock: impatientClock(1_772_000_000_000),
      pace: async () => ({ ok: true }),
      findAlert: async (orgId, id) => ({
        orgId,
        id,
        ruleId: 'on-hold-too-long',
        subject: 'session:s1',
        state: 'resolved',
        openedAt: 1_772_000_000_000,
        slackChannel: 'C04CHATOPS1',
        slackTs: '1772000000.000100',
        card: { text: 'A chat waits', ruleName: 'On hold too long' },
      }),
      findGroup: async () => undefined,
      directory: emptyDirectory,
      timeoutMs,
    }),
  delivery: () => delivery('slack.post', { channel: '#chat-ops', text: 'hello' }),
  secrets: [TOKEN],
  isTheCall: ({ path }) => path === '/api/chat.postMessage',
  healthy: () => ({ status: 200, body: { ok: true, channel: 'C04CHATOPS1', ts: '1772000000.000100' } }),
  // A body that is not Slack's says nothing, even with 200; behind a gateway nobody knows what Slack did.
  expectStatus: (status) => {
    if (status < 300 || [407, 502, 504].includes(status)) return 'uncertain';
    return status >= 500 || [408, 429].includes(status) ? 'retry' : 'refused';
  },
  expectFault: { reset: 'uncertain', hang: 'uncertain', half: 'uncertain', garbage: 'uncertain', endless: 'uncertain' },
};

describeConformance(post);
// An edit may be repeated: what is uncertain for a post is simply tried again.
describeConformance({
  ...post,
  name: 'slack.alertUpdate',
  delivery: () => delivery('slack.alertUpdate', { alertId: 'a1', change: 'resolved', reason: 'answered' }),
  isTheCall: ({ path }) => path === '/api/chat.update',
  expectStatus: (status) => (post.expectStatus(status) === 'refused' ? 'refused' : 'retry'),
  expectFault: { reset: 'retry', hang: 'retry', half: 'retry', garbage: 'retry', endless: 'retry' },
});
