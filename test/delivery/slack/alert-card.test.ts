import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCardMessage } from '../../../src/delivery/slack/alert-card.ts';
import { fitBlocks } from '../../../src/delivery/slack/fit-blocks.ts';
import { toCardLife } from '../../../src/delivery/slack/slack-params.ts';
import { cutMarkup, escapeSlack, slackLink } from '../../../src/delivery/slack/slack-text.ts';
import type { AlertCard, AlertState } from '../../../src/domain/alert.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { checkBlocks } from '../../../src/sandbox/slack/blocks.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');
const card: AlertCard = {
  text: 'Chat *4711* waited 15m',
  severity: 'critical',
  mention: '<@U04ANASOUZA>',
  fields: [{ title: 'Channel', value: 'WhatsApp' }],
  ruleName: 'On hold <too> long & more',
  owner: 'support-leads',
  runbook: 'https://wiki.example.org/on-hold?a=1&b=2',
  link: 'https://vigia.example.org/sessions/s1',
};

describe('an alert card', () => {
  it('carries severity, text, mention, fields, owner, runbook and link', () => {
    expect(toCardMessage(card, { state: 'open' })).toEqual({
      text: '🔴 On hold &lt;too&gt; long &amp; more: <@U04ANASOUZA> Chat *4711* waited 15m',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 On hold <too> long & more', emoji: true } },
        { type: 'section', text: { type: 'mrkdwn', text: '<@U04ANASOUZA> Chat *4711* waited 15m' } },
        { type: 'section', fields: [{ type: 'mrkdwn', text: '*Channel*\nWhatsApp' }] },
        {
          type: 'context',
          elements: [
            {
              type: 'mrkdwn',
              text: 'Owner: support-leads · <https://wiki.example.org/on-hold?a=1&amp;b=2|What to do> · <https://vigia.example.org/sessions/s1|Open in Vigia>',
            },
          ],
        },
      ],
    });
  });

  it('says in each later state what happened, when, and by whom', () => {
    const at = AT + 12 * 60_000;
    const line = (life: Parameters<typeof toCardMessage>[1]) => {
      const { text, blocks } = toCardMessage({ text: 'x', ruleName: 'r' }, life);
      return [text.split(' ')[0], JSON.stringify(blocks.at(-1))];
    };
    const [seen, acknowledged] = line({ state: 'acknowledged', openedAt: AT, at, by: 'U04ANASOUZA' });
    expect(seen).toBe('👀');
    expect(acknowledged).toContain('*Acknowledged* after 12m by <@U04ANASOUZA> · <!date^1772457120^');
    const [done, resolved] = line({ state: 'resolved', openedAt: AT, at, reason: 'the chat left <ON_HOLD>' });
    expect(done).toBe('✅');
    expect(resolved).toContain('*Resolved* after 12m: the chat left &lt;ON_HOLD&gt; · ');
    expect(line({ state: 'snoozed', by: 'Ana & Co' })[1]).toContain('*Snoozed* by Ana &amp; Co');
  });

  it('is one that Slack accepts, whatever was rendered into it', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 6_000, minLength: 1, size: 'max' });
    const arbitraryCard: fc.Arbitrary<AlertCard> = fc
      .record(
        {
          text,
          ruleName: text,
          mention: text,
          owner: text,
          severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const),
          fields: fc.array(fc.record({ title: text, value: text }), { maxLength: 12 }),
        },
        { requiredKeys: ['text', 'ruleName'] },
      )
      .map((made) => ({ ...made }));
    const state = fc.constantFrom<AlertState>('open', 'acknowledged', 'snoozed', 'resolved');
    fc.assert(
      fc.property(arbitraryCard, state, text, (made, now, reason) => {
        const message = toCardMessage(made, { state: now, at: AT, reason });
        expect(checkBlocks(message.blocks)).toEqual([]);
        expect(message.text.length).toBeLessThanOrEqual(4_000);
      }),
      // Shrinking texts of this length takes longer than anybody waits.
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('toCardLife', () => {
  const alert = {
    openedAt: AT,
    acknowledgedAt: AT + 1,
    acknowledgedBy: 'ana',
    resolvedAt: AT + 2,
    resolvedReason: 'over',
  };

  it('never shows an alert that was resolved as acknowledged again, however late the edit comes', () => {
    const late = { alertId: 'a1', change: 'acknowledged' as const, at: AT + 1, by: 'ana', reason: undefined };
    expect(toCardLife({ ...alert, state: 'resolved' }, late)).toEqual({
      state: 'resolved',
      openedAt: AT,
      at: AT + 2,
      reason: 'over',
    });
  });

  it('shows the change when the alert is no further', () => {
    const change = { alertId: 'a1', change: 'resolved' as const, at: AT + 5, by: undefined, reason: 'answered' };
    expect(toCardLife({ ...alert, state: 'acknowledged' }, change)).toMatchObject({ state: 'resolved', at: AT + 5 });
  });
});

describe('fitBlocks', () => {
  it('brings every text and list of a rule’s own blocks within the limits, and leaves the rest alone', () => {
    const long = 'x'.repeat(5_000);
    const mrkdwn = { type: 'mrkdwn', text: long };
    const plain = { type: 'plain_text', text: long };
    const button = { type: 'button', text: plain, value: long, action_id: 'a' };
    const blocks: JsonObject[] = [
      { type: 'header', text: plain },
      { type: 'section', text: mrkdwn, fields: Array.from({ length: 12 }, () => mrkdwn), accessory: button },
      { type: 'context', elements: Array.from({ length: 12 }, () => mrkdwn) },
      { type: 'actions', elements: Array.from({ length: 30 }, (_, i) => ({ ...button, action_id: `a${i}` })) },
      { type: 'image', image_url: 'https://example.org/a.png', alt_text: long, title: plain },
      { type: 'divider' },
      ...Array.from({ length: 60 }, () => ({ type: 'divider' })),
    ];
    const fitted = fitBlocks(blocks);
    expect(checkBlocks(fitted)).toEqual([]);
    expect(fitted).toHaveLength(50);
    expect(fitted[5]).toEqual({ type: 'divider' });
    const small = [{ type: 'section', text: { type: 'mrkdwn', text: 'ok' } }];
    expect(fitBlocks(small)).toEqual(small);
  });
});

describe('Slack’s mark-up', () => {
  it('is cut without leaving half a link, mention or entity', () => {
    expect(cutMarkup('see <https://example.org/long|here> now', 20)).toBe('see …');
    expect(cutMarkup('hi <@U1> and <@U2345678>', 20)).toBe('hi <@U1> and …');
    expect(cutMarkup('a &amp; b', 5)).toBe('a …');
    expect(cutMarkup('a & b and more', 6)).toBe('a & b…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 60 }), (text, max) => {
        const cut = cutMarkup(escapeSlack(text), max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
      }),
    );
  });

  it('keeps an address inside its link', () => {
    expect(slackLink('https://e.org/?a=1|2>3', 'a|b<c')).toBe('<https://e.org/?a=1%7C2&gt;3|a¦b&lt;c>');
  });
});
