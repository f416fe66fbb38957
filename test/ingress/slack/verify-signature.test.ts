import { describe, expect, it } from 'vitest';
import { verifySlackSignature } from '../../../src/ingress/slack/verify-signature.ts';
import { signSlackRequest } from '../../../src/sandbox/slack/interaction.ts';

/** The example of Slack's own page "Verifying requests from Slack". */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TIMESTAMP = '1531420618';
const BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const SIGNATURE = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const NOW = Number(TIMESTAMP) * 1000;
const good = { timestamp: TIMESTAMP, signature: SIGNATURE, body: BODY };

describe('a signature of Slack', () => {
  it('of Slack’s own example is found good', () => {
    expect(verifySlackSignature(SECRET, good, NOW)).toEqual({ ok: true });
  });

  it.each([
    ['another body', { ...good, body: `${BODY}&x=1` }],
    ['another secret', good, 'another-secret'],
    ['another time', { ...good, timestamp: String(Number(TIMESTAMP) + 1) }],
    ['another version', { ...good, signature: SIGNATURE.replace('v0=', 'v1=') }],
    ['no version', { ...good, signature: SIGNATURE.slice(3) }],
    ['a shorter one', { ...good, signature: SIGNATURE.slice(0, -1) }],
    ['its letters in upper case', { ...good, signature: SIGNATURE.toUpperCase() }],
    ['an empty one', { ...good, signature: '' }],
    ['none', { ...good, signature: undefined }],
  ])('with %s is refused', (_, request, secret = SECRET) => {
    expect(verifySlackSignature(secret, request, NOW)).toEqual({ ok: false, check: 'signature' });
  });

  it.each([undefined, '', 'abc', '-1531420618', '1531420618.5', '1e9', ' 1531420618', '9'.repeat(13)])(
    'with the timestamp %j is refused',
    (timestamp) => {
      expect(verifySlackSignature(SECRET, { ...good, timestamp }, NOW)).toEqual({ ok: false, check: 'timestamp' });
    },
  );

  it('is good for five minutes to either side, and not a millisecond longer', () => {
    for (const skew of [-300_000, 300_000]) expect(verifySlackSignature(SECRET, good, NOW + skew).ok).toBe(true);
    for (const skew of [-300_001, 300_001]) {
      expect(verifySlackSignature(SECRET, good, NOW + skew)).toEqual({ ok: false, check: 'skew' });
    }
  });

  it('covers bodies of any letters', () => {
    const body = 'payload=%7B%22text%22%3A%22ol%C3%A1%22%7D&raw=olá';
    const headers = signSlackRequest(SECRET, body, NOW);
    const request = { timestamp: headers['x-slack-request-timestamp'], signature: headers['x-slack-signature'], body };
    expect(verifySlackSignature(SECRET, request, NOW)).toEqual({ ok: true });
  });
});
