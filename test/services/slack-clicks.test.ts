import { describe, expect, test } from 'vitest';
import type { CardVerb } from '../../src/domain/card-buttons.ts';
import { AppError } from '../../src/domain/errors.ts';
import { type ClickDeps, type ClickedCard, type ClickTarget, handleClick } from '../../src/services/slack-clicks.ts';

const NOW = 1_772_456_400_000;

/** One click on a card that stands like this; what was done, and what was whispered. */
async function clicked(
  verb: CardVerb,
  card: ClickedCard | undefined,
  more: { target?: Partial<ClickTarget>; channelId?: string; clickedAt?: number; tell?: ClickDeps['tell'] } = {},
) {
  const done: string[] = [];
  const told: string[] = [];
  const note = (name: string) => async (_org: string, id: string, by: string) => void done.push(`${name} ${id} ${by}`);
  const alert: ClickTarget = {
    find: async () => card,
    acknowledge: note('acknowledge'),
    resolve: note('resolve'),
    snooze: async (_org, id, until, by) => void done.push(`snooze ${id} ${until - NOW} ${by}`),
    ...more.target,
  };
  const tell: ClickDeps['tell'] =
    more.tell ?? (async ({ channel, user }, text) => void told.push(`${channel} ${user}: ${text}`));
  const deps: ClickDeps = { orgId: 'o', now: () => NOW, targets: { alert }, tell };
  const { channelId = 'C1', clickedAt } = more;
  const click = {
    verb,
    target: { kind: 'alert' as const, id: 'a1' },
    ...(verb === 'snooze' ? { forMs: 3_600_000 } : {}),
  };
  await handleClick(deps, { click, userId: 'U04ANA', channelId, clickedAt });
  return { done, told };
}

const open: ClickedCard = { state: 'open', slackChannel: 'C1' };

describe('a click', () => {
  test.each(['acknowledge', 'resolve'] as const)(
    '%s is done in the name of who clicked, and nothing is whispered',
    async (verb) => {
      expect(await clicked(verb, open)).toEqual({ done: [`${verb} a1 slack:U04ANA`], told: [] });
    },
  );

  test('snoozes from the moment of the click on, so that the same request later is the same snooze', async () => {
    const { done } = await clicked('snooze', open, { clickedAt: NOW - 200_000 });
    expect(done).toEqual(['snooze a1 3400000 slack:U04ANA']);
    expect((await clicked('snooze', open)).done).toEqual(['snooze a1 3600000 slack:U04ANA']);
  });

  test('on a card that is not posted yet on record is trusted', async () => {
    expect((await clicked('acknowledge', { state: 'open' })).done).toHaveLength(1);
  });

  test.each<[string, Parameters<typeof clicked>, string]>([
    ['an alert that is not kept', ['acknowledge', undefined], 'not kept any more'],
    ['a card of another channel', ['resolve', { state: 'open', slackChannel: 'C2' }], 'does not belong'],
    ['an acknowledgement after the end', ['acknowledge', { ...open, state: 'resolved' }], 'resolved already'],
    ['a snooze after the end', ['snooze', { ...open, state: 'resolved' }], 'resolved already'],
    ['a snooze of what is acknowledged', ['snooze', { ...open, state: 'acknowledged' }], 'nothing to snooze'],
  ])('for %s nothing is done, and only who clicked is told', async (_, [verb, card], says) => {
    const { done, told } = await clicked(verb, card);
    expect(done).toEqual([]);
    expect(told).toEqual([expect.stringContaining('C1 U04ANA: ')]);
    expect(told[0]).toContain(says);
  });

  test('to resolve what is resolved is no news', async () => {
    expect(await clicked('resolve', { ...open, state: 'resolved' })).toEqual({ done: [], told: [] });
  });

  test('tells what a verb refuses, and of a fault no more than that there is one', async () => {
    const failing = (error: Error) => ({ target: { acknowledge: () => Promise.reject(error) } });
    const conflict = await clicked('acknowledge', open, failing(new AppError('conflict', 'Not like this.')));
    expect(conflict.told).toEqual(['C1 U04ANA: Not like this.']);
    const gone = await clicked('acknowledge', open, failing(new AppError('not_found', 'x')));
    expect(gone.told[0]).toContain('not kept any more');
    const broken = await clicked('acknowledge', open, failing(new Error('password=secret')));
    expect(broken.told[0]).toContain('Try again in a minute');
    expect(broken.told[0]).not.toContain('secret');
  });

  test('never throws, also when nobody can be told', async () => {
    const tell = () => Promise.reject(new Error('Slack is away'));
    await expect(clicked('acknowledge', undefined, { tell })).resolves.toMatchObject({ done: [] });
  });
});
