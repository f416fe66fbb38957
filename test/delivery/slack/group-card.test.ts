import { describe, expect, it } from 'vitest';
import { toGroupMessage } from '../../../src/delivery/slack/group-card.ts';
import type { Alert } from '../../../src/domain/alert.ts';
import type { GroupView } from '../../../src/domain/alert-group.ts';

const AT = Date.parse('2026-03-02T13:00:00Z');
const CARD = {
  text: 'a chat waits',
  ruleName: 'Waits <too> long',
  severity: 'critical' as const,
  mention: '<!here>',
  owner: 'leads',
};

function member(index: number, more: Partial<Alert> = {}): Alert {
  const id = `a${index}`;
  const card = { ...CARD, text: `chat ${index} waits`, link: `https://vigia.example.org/sessions/s${index}` };
  return {
    orgId: 'o',
    id,
    ruleId: 'r',
    subject: `s${index}`,
    sessionId: `s${index}`,
    state: 'open',
    openedAt: AT,
    card,
    ...more,
  };
}

function group(counts: Partial<GroupView['counts']>, latest: Alert[], more: Partial<GroupView> = {}): GroupView {
  return {
    orgId: 'o',
    id: 'g',
    ruleId: 'r',
    rulesetHash: 'h',
    key: 'k',
    overflow: false,
    openedAt: AT,
    takesUntil: AT + 1,
    intervalMs: 1,
    shownTotal: 0,
    shownOpen: 0,
    shownAcknowledged: 0,
    version: 1,
    edits: 0,
    slackChannel: '#ops',
    card: CARD,
    counts: { total: latest.length, open: latest.length, acknowledged: 0, notices: 0, areChats: true, ...counts },
    latest,
    ...more,
  };
}

const members = (count: number) => Array.from({ length: count }, (_, index) => member(index));
const textOf = (view: GroupView) => JSON.stringify(toGroupMessage(view).blocks);

describe('the card of a group', () => {
  it('tells how many, with lines, links and what is not shown', () => {
    const message = toGroupMessage(group({ total: 1_204, open: 1_187, acknowledged: 40 }, members(10)));
    expect(message.text).toContain('<!here> *1,204 chats*, 1,187 still open (40 acknowledged), since <!date');
    const blocks = JSON.stringify(message.blocks);
    expect(blocks).toContain('• chat 9 waits · <https://vigia.example.org/sessions/s9|Open>');
    expect(blocks).toContain('and 1,194 more');
    expect(blocks).toContain('Owner: leads');
    // A header is plain text; elsewhere the rule's name is escaped.
    expect(message.text).toContain('Waits &lt;too&gt; long');
  });

  it('calls what is no chat an alert, and mentions nobody when it is edited', () => {
    const edited = toGroupMessage(group({ areChats: false }, members(2), { slackTs: '1.1' }));
    expect(edited.text).toContain('*2 alerts*');
    expect(edited.text).not.toContain('<!here>');
  });

  it('of one member is its card, as it stands', () => {
    expect(toGroupMessage(group({}, [member(1)])).text).toBe('🔴 Waits &lt;too&gt; long: <!here> chat 1 waits');
    const resolved = member(1, { state: 'resolved', resolvedAt: AT + 60_000, resolvedReason: 'answered' });
    expect(textOf(group({ open: 0 }, [resolved]))).toContain('*Resolved* after 1m: answered');
  });

  it('says that all are resolved, and that a closed one takes no more', () => {
    const over = [1, 2].map((index) => member(index, { state: 'resolved', resolvedAt: AT + 120_000 }));
    expect(toGroupMessage(group({ open: 0 }, over)).text).toContain('*All 2 chats resolved* after 2m');
    expect(textOf(group({}, members(2), { closedAt: AT }))).toContain('what comes now gets a new card');
  });

  it('has buttons for all of them as long as there is something to do, and none to snooze', () => {
    const actionsOf = (view: GroupView) =>
      [
        ...JSON.stringify(toGroupMessage(view, { kind: 'group', id: 'g' }).blocks).matchAll(/"action_id":"([^"]+)"/g),
      ].map(([, id]) => id);
    expect(actionsOf(group({}, members(2)))).toEqual(['vigia.acknowledge', 'vigia.resolve']);
    expect(actionsOf(group({ acknowledged: 2 }, members(2)))).toEqual(['vigia.resolve']);
    expect(actionsOf(group({ open: 0 }, members(2)))).toEqual([]);
    expect(actionsOf(group({}, [member(1)]))).toEqual(['vigia.acknowledge', 'vigia.resolve']);
  });

  it('stays within what Slack takes, however long the texts are', () => {
    const long = members(10).map((one) => ({
      ...one,
      card: { ...CARD, text: `${'&amp; <https://x.example|y> '.repeat(300)}\nsecond line` },
    }));
    const { text, blocks } = toGroupMessage(group({}, long));
    expect(text.length).toBeLessThanOrEqual(4_000);
    for (const block of blocks) {
      const { text: inner } = block as { text?: { text: string } };
      expect(inner?.text.length ?? 0).toBeLessThanOrEqual(3_000);
    }
    expect(JSON.stringify(blocks)).not.toContain('second line');
  });
});
