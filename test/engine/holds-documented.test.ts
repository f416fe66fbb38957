import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { CalendarFile } from '../../src/domain/calendar-file.ts';
import type { Episode } from '../../src/domain/episode.ts';
import type { Rule } from '../../src/domain/rule.ts';
import { createCalendar } from '../../src/engine/calendars/create-calendar.ts';
import { anAction, aRule, rulesetOf } from '../support/rules.ts';
import { MINUTE, START, statusEvent, Timeline } from '../support/timeline.ts';

/** docs/holds.md, sentence by sentence: a test for each, under its words. START is a Monday, 10:00 in São Paulo. */
const documented = readFileSync(new URL('../../docs/holds.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => (line.startsWith('- ') ? [line.slice(2)] : []));
const told: string[] = [];
function sentence(text: string, run: () => Promise<void>): void {
  told.push(text);
  test(text, run);
}

const HOUR = 60 * MINUTE;
const at = (minute: number) => START + minute * MINUTE;
const FOR = { kind: 'hold' as const, forMs: 15 * MINUTE };
const hold = (more: Partial<Rule> = {}) => aRule({ id: 'hold', trigger: FOR, ...more });
const post = (text: string) => anAction('slack.post', { channel: '#ops', text });
const card = anAction('slack.alert', { channel: '#ops', text: 'card' });
const step = (minutes: number, unless: 'acknowledged' | 'never' = 'acknowledged') => ({
  afterMs: minutes * MINUTE,
  unless,
  actions: [post(`step ${minutes}`)],
});
const repeat = (minutes: number, times: number) => ({ repeat: { everyMs: minutes * MINUTE, times } });

function calendarsOf(
  hours: CalendarFile['hours'],
  exceptions: CalendarFile['exceptions'] = {},
  zone = 'America/Sao_Paulo',
) {
  return new Map<string, Calendar>([['desk', createCalendar('desk', { zone, hours, exceptions })]]);
}
const skip = { during: { calendar: 'desk', outside: 'skip' as const } };
const wait = { during: { calendar: 'desk', outside: 'wait' as const } };
/** Open from nine to 10:10, when most holds of these tests have begun and are not due, and from eleven. */
const BREAK = calendarsOf({ 'mon-fri': ['09:00-10:10', '11:00-18:00'] });
const OPENING = at(60);

const toHold = (minute: number, more = {}) => statusEvent(at(minute), 'ON_HOLD', { old: 'OPEN', ...more });
const toOpen = (minute: number, more = {}) => statusEvent(at(minute), 'OPEN', { old: 'ON_HOLD', ...more });

/** A chat on hold since 10:00. */
async function held(rules: Rule | Rule[], calendars?: ReadonlyMap<string, Calendar>): Promise<Timeline> {
  const chat = new Timeline(rulesetOf([rules].flat(), {}, calendars));
  await chat.run(at(0), toHold(0));
  return chat;
}

/** The same, and it has fired at 10:15. */
async function fired(rule: Rule, calendars?: ReadonlyMap<string, Calendar>): Promise<Timeline> {
  const chat = await held(rule, calendars);
  await chat.run(at(15));
  expect(outcomesOf(chat)).toEqual(['armed', 'fired']);
  return chat;
}

async function edit(chat: Timeline, minute: number, rules: Rule[], calendars?: ReadonlyMap<string, Calendar>) {
  const before = chat.ruleset.rules.map(({ id }) => id);
  chat.ruleset = rulesetOf(rules, {}, calendars);
  await chat.sweep(at(minute), [...new Set([...before, ...rules.map(({ id }) => id)])]);
}

async function lookAt(chat: Timeline, ...minutes: number[]): Promise<void> {
  for (const minute of minutes) await chat.run(at(minute));
}

const outcomesOf = (chat: Timeline) => chat.decisions.map(({ outcome }) => outcome);
const carriedOut = (chat: Timeline) =>
  chat.actions.map(({ firing, firedAt }) => `${firing.split('/').at(-1)} at ${(firedAt - START) / MINUTE}`);
const last = (chat: Timeline): Episode | undefined => [...chat.episodes.values()].at(-1);

function change(chat: Timeline, fields: Partial<Episode>): void {
  chat.state = { ...chat.state, episodes: chat.state.episodes.map((episode) => ({ ...episode, ...fields })) };
}

describe('its beginning, its due time and its end', () => {
  sentence(
    'A hold begins with the first event at which the conditions hold, and fires once, to the millisecond, when they have held for the time of `for`.',
    async () => {
      const chat = await held(hold());
      await chat.run(at(15) - 1);
      expect(chat.actions).toEqual([]);
      await lookAt(chat, 15, 16, 60);
      expect(carriedOut(chat)).toEqual(['0 at 15']);
      expect(last(chat)).toMatchObject({ startedAt: at(0), dueAt: at(15), state: 'fired', firings: 1 });
    },
  );

  sentence('The event that ends the state at the very millisecond of the due time wins: nothing fires.', async () => {
    const chat = await held(hold());
    await chat.run(at(15), toOpen(15));
    expect(outcomesOf(chat)).toEqual(['armed', 'disarmed']);
  });

  sentence(
    'Where the ending event and the due time are judged in one batch, their times decide, however late both are looked at.',
    async () => {
      for (const [ends, outcomes] of [
        [at(15), ['armed', 'disarmed']],
        [at(15) + 1, ['armed', 'fired', 'resolved']],
      ] as const) {
        const chat = new Timeline(rulesetOf([hold()]));
        await chat.run(at(40), toHold(0), statusEvent(ends, 'OPEN', { old: 'ON_HOLD' }));
        expect(outcomesOf(chat)).toEqual(outcomes);
      }
    },
  );

  sentence(
    'Two processes that judge the same due time make the same actions, so that the second adds nothing.',
    async () => {
      const rule = hold({ actions: [card, post('x')], ...repeat(5, 2), steps: [step(5)] });
      const one = await held(rule);
      const other = await held(rule);
      await lookAt(one, 15, 20, 25);
      await lookAt(other, 15, 20, 25);
      const ids = (chat: Timeline) => chat.actions.map(({ id, key }) => `${id} ${key}`);
      expect(ids(one)).toEqual(ids(other));
      expect(new Set(ids(one)).size).toBe(7);
      expect([...one.episodes.keys()]).toEqual([...other.episodes.keys()]);
    },
  );

  sentence(
    'Every hold that ends keeps why, and by what: `event:<key>`, `ruleset:<hash>`, `due` or `kept`.',
    async () => {
      const byEvent = await held(hold());
      await byEvent.run(at(1), toOpen(1));
      expect(last(byEvent)).toMatchObject({ endedBy: `event:${toOpen(1).key}`, endedAt: at(1) });
      const byEdit = await held(hold());
      await edit(byEdit, 1, []);
      expect(last(byEdit)).toMatchObject({ endedBy: `ruleset:${byEdit.ruleset.hash}`, endedAt: at(1) });
      const kept = await held(hold({ keepForMs: 2 * MINUTE }));
      await kept.run(at(9), toOpen(1));
      expect(last(kept)).toMatchObject({ endedBy: 'kept', endedAt: at(3) });
      // What is known of a channel may change without an event: then the due time shows it.
      const byDue = await held(
        hold({ conditions: { all: [{ fact: 'channel', path: '$.name', operator: 'equal', value: 'c1' }] } }),
      );
      byDue.channels.set('c1', { name: 'renamed' });
      await lookAt(byDue, 15);
      expect(last(byDue)).toMatchObject({ endedBy: 'due', endedAt: at(15) });
      for (const chat of [byEvent, byEdit, kept, byDue]) expect(last(chat)?.endReason).toBeTruthy();
    },
  );
});

describe('while the service is away, and when clocks jump', () => {
  sentence('A restart changes nothing: what was running is due when it was due.', async () => {
    const rule = hold({ steps: [step(5)] });
    const chat = await held(rule);
    const restarted = new Timeline(rulesetOf([rule]));
    restarted.state = structuredClone(chat.state);
    await lookAt(restarted, 14, 15, 20);
    expect(carriedOut(restarted)).toEqual(['0 at 15', '1 at 20']);
  });

  sentence('After a downtime shorter than `maxLate`, what fell due is carried out at once.', async () => {
    const chat = await held(hold({ maxLateMs: HOUR }));
    await lookAt(chat, 75);
    expect(carriedOut(chat)).toEqual(['0 at 15']);
  });

  sentence(
    'After a downtime longer than `maxLate`, what fell due is recorded as `expired` and not carried out.',
    async () => {
      const chat = await held(hold({ maxLateMs: HOUR }));
      await chat.run(at(75) + 1);
      expect(outcomesOf(chat)).toEqual(['armed', 'expired']);
      const ladder = await fired(hold({ maxLateMs: HOUR, steps: [step(5), step(90)] }));
      await lookAt(ladder, 15 + 90);
      expect(outcomesOf(ladder)).toEqual(['armed', 'fired', 'expired', 'fired']);
      expect(carriedOut(ladder)).toEqual(['0 at 15', '2 at 105']);
    },
  );

  sentence('Of several repeats that were missed, only the latest is carried out.', async () => {
    const chat = await fired(hold({ ...repeat(10, 9) }));
    await lookAt(chat, 15 + 47);
    expect(carriedOut(chat)).toEqual(['0 at 15', 'r4 at 55']);
    expect(chat.decisions.at(-2)).toMatchObject({ outcome: 'expired', repeat: 1 });
    expect(chat.decisions.at(-2)?.reason).toContain('repeats 1 to 3 of 9');
    await lookAt(chat, 15 + 50);
    expect(carriedOut(chat).at(-1)).toBe('r5 at 65');
  });

  sentence(
    'When our clock jumps ahead, what lies in between is due at once; when it comes back, nothing fires a second time.',
    async () => {
      const chat = await held(hold());
      await lookAt(chat, 50, 10, 15, 20);
      expect(outcomesOf(chat)).toEqual(['armed', 'fired']);
    },
  );

  sentence(
    'When our clock is set back, a hold waits until the clock gets there again, or until an event shows by its time that it is due.',
    async () => {
      const chat = await held(hold());
      await lookAt(chat, 14, -60, -50);
      expect(outcomesOf(chat)).toEqual(['armed']);
      await chat.run(at(-45), statusEvent(at(15) + 1, 'OPEN', { old: 'ON_HOLD' }));
      expect(outcomesOf(chat)).toEqual(['armed', 'fired', 'resolved']);
      const patient = await held(hold());
      await lookAt(patient, -60, 14, 15);
      expect(outcomesOf(patient)).toEqual(['armed', 'fired']);
    },
  );
});

describe('late events and gaps', () => {
  sentence(
    'A late event that shows an earlier start moves the start back, and the due time with it, unless the hold has fired.',
    async () => {
      const chat = new Timeline(rulesetOf([hold()]));
      await chat.run(at(5), toHold(5, { old: 'ON_HOLD' }));
      await chat.run(at(6), toHold(0));
      expect(last(chat)).toMatchObject({ startedAt: at(0), dueAt: at(15), nextAt: at(15) });
      await lookAt(chat, 15);
      await chat.run(at(16), statusEvent(at(-5), 'ON_HOLD', { old: 'OPEN' }));
      expect(last(chat)).toMatchObject({ startedAt: at(0), firedAt: at(15) });
      expect(carriedOut(chat)).toEqual(['0 at 15']);
    },
  );

  sentence(
    'A due time that a late event moves into the past is not too late for that: lateness counts from when it could be known.',
    async () => {
      const chat = new Timeline(rulesetOf([hold({ maxLateMs: MINUTE })]));
      await chat.run(at(90), toHold(90, { old: 'ON_HOLD' }));
      await chat.run(at(91), { ...toHold(0), receivedAt: at(91) });
      expect(outcomesOf(chat)).toEqual(['armed', 'armed', 'fired']);
    },
  );

  sentence('A late event that shows that the state was interrupted moves the start later.', async () => {
    const chat = await held(hold());
    await chat.run(at(5), statusEvent(at(5), 'ON_HOLD', { old: 'ON_HOLD' }));
    await chat.run(at(6), toOpen(3));
    expect(last(chat)).toMatchObject({ startedAt: at(5), dueAt: at(20) });
  });

  sentence(
    'An event that comes from another status than the one that was known ends the hold if its conditions did not hold there, and begins the next if they hold now.',
    async () => {
      for (const firesBefore of [false, true]) {
        const chat = await (firesBefore ? fired(hold()) : held(hold()));
        await chat.run(at(20), toHold(20));
        const [first, second] = [...chat.episodes.values()].slice(-2);
        expect(first).toMatchObject({ endedAt: at(20), endedBy: `event:${toHold(20).key}` });
        expect(first?.endReason).toMatch(/OPEN.*ON_HOLD/);
        expect(second).toMatchObject({ state: 'running', startedAt: at(20) });
        expect(chat.state.session).toMatchObject({ statusSince: at(20), holds: 2, previousStatus: 'OPEN' });
      }
      const over = await held(hold());
      await over.run(at(5), statusEvent(at(5), 'ENDED', { old: 'ON_PROGRESS' }));
      expect(over.state.episodes).toEqual([]);
    },
  );

  sentence('A gap in which the conditions held all the same ends nothing.', async () => {
    const waiting = hold({
      conditions: { all: [{ fact: 'session', path: '$.status', operator: 'in', value: ['ON_HOLD', 'OPEN'] }] },
    });
    const chat = await held(waiting);
    await chat.run(at(5), toHold(5));
    await lookAt(chat, 15);
    expect(outcomesOf(chat)).toEqual(['armed', 'fired']);
  });
});

describe('conditions that are false for a moment', () => {
  const kept = (more: Partial<Rule> = {}) => hold({ keepForMs: 10 * MINUTE, ...more });

  sentence(
    'Conditions that are false for no longer than `keepFor` end nothing: when they are back in time, nothing has happened.',
    async () => {
      const chat = await held(kept());
      await chat.run(at(3), toOpen(3));
      expect(last(chat)).toMatchObject({ falseSince: at(3), nextAt: at(13) });
      await chat.run(at(13), toHold(13));
      expect(last(chat)?.falseSince).toBeUndefined();
      await lookAt(chat, 15);
      expect(outcomesOf(chat)).toEqual(['armed', 'fired']);
      expect(carriedOut(chat)).toEqual(['0 at 15']);
    },
  );

  sentence(
    'Conditions that stay false end the hold as of the moment at which they have been false for `keepFor`.',
    async () => {
      const chat = await fired(kept({ actions: [card] }));
      await chat.run(at(20), toOpen(20));
      await lookAt(chat, 29);
      expect(chat.state.episodes).toHaveLength(1);
      await lookAt(chat, 50);
      expect(last(chat)).toMatchObject({ endedAt: at(30), endedBy: 'kept' });
      expect(last(chat)?.falseSince).toBeUndefined();
      expect(outcomesOf(chat)).toEqual(['armed', 'fired', 'resolved']);
      expect(chat.resolved).toHaveLength(1);
      // Back a millisecond too late, though both are judged together: the next one begins.
      const late = await fired(kept());
      await late.run(at(60), toOpen(20), statusEvent(at(30) + 1, 'ON_HOLD', { old: 'OPEN' }));
      expect(outcomesOf(late).slice(2)).toEqual(['resolved', 'armed', 'fired']);
    },
  );

  sentence('What falls due while they are false is carried out at their return, and not before.', async () => {
    const chat = await held(kept({ steps: [step(10)], ...repeat(4, 3), maxLateMs: 30_000 }));
    await chat.run(at(14), toOpen(14));
    await lookAt(chat, 15, 20);
    expect(chat.actions).toEqual([]);
    await chat.run(at(22), toHold(22));
    expect(carriedOut(chat)).toEqual(['0 at 22']);
    await chat.run(at(23), toOpen(23));
    await lookAt(chat, 26, 27, 30);
    await chat.run(at(31), toHold(31));
    // Of the repeats of 26 and 30 one is left; the step of 32 comes at its time.
    await lookAt(chat, 32, 34);
    expect(carriedOut(chat)).toEqual(['0 at 22', 'r2 at 31', '1 at 32', 'r3 at 34']);
  });

  sentence(
    'A change of a field of `episodeBy` ends the hold at once, also while its conditions are false.',
    async () => {
      const rule = kept({ episodeBy: ['session.assigneeId'] });
      const chat = await held(rule);
      await chat.run(at(3), toOpen(3));
      await chat.run(at(4), statusEvent(at(4), 'OPEN', { old: 'OPEN', currentAssigneeId: 'a2' }));
      expect(last(chat)).toMatchObject({ endedAt: at(4), state: 'cancelled' });
      const passed = await held(rule);
      await passed.run(at(3), statusEvent(at(3), 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'a2' }));
      expect(outcomesOf(passed)).toEqual(['armed', 'disarmed', 'armed']);
    },
  );

  sentence('A gap is forgiven by `keepFor` like any other moment.', async () => {
    const chat = await held(kept());
    await chat.run(at(5), toHold(5));
    await lookAt(chat, 15);
    expect(outcomesOf(chat)).toEqual(['armed', 'fired']);
  });

  sentence('A late event that shows that the conditions became false earlier makes the hold end earlier.', async () => {
    const chat = await held(kept({ trigger: { kind: 'hold', forMs: 60 * MINUTE } }));
    await chat.run(at(9), statusEvent(at(9), 'ENDED', { old: 'OPEN' }));
    expect(last(chat)).toMatchObject({ falseSince: at(9), nextAt: at(19) });
    await chat.run(at(10), toOpen(6));
    expect(last(chat)).toMatchObject({ falseSince: at(6), nextAt: at(16) });
    await lookAt(chat, 16);
    expect(last(chat)).toMatchObject({ endedAt: at(16), endedBy: 'kept' });
  });
});

describe('conditions that were false for a moment', () => {
  sentence(
    'A late event moves the start back across moments that `keepFor` forgives; what fell due in one of them is carried out at its end.',
    async () => {
      for (const [keepFor, begins, due] of [
        [10, 0, '0 at 18'],
        [5, 18, '0 at 33'],
      ] as const) {
        const chat = new Timeline(rulesetOf([hold({ keepForMs: keepFor * MINUTE })]));
        await chat.run(at(12), toOpen(12));
        await chat.run(at(18), toHold(18));
        await chat.run(at(20), toHold(0));
        expect(last(chat)).toMatchObject({ startedAt: at(begins) });
        await lookAt(chat, 33);
        expect(carriedOut(chat)).toEqual([due]);
      }
    },
  );
});

describe('edits', () => {
  const edited = (more: Partial<Rule> = {}) => hold({ trigger: { kind: 'hold', forMs: 20 * MINUTE }, ...more });

  sentence('`"onEdit": "keep"`: a running hold keeps its start, and is judged by the new text.', async () => {
    const chat = await held(hold());
    await edit(chat, 5, [edited()]);
    await lookAt(chat, 15, 20);
    expect(carriedOut(chat)).toEqual(['0 at 20']);
    expect(last(chat)).toMatchObject({ startedAt: at(0) });
    const shorter = await held(edited());
    await edit(shorter, 18, [hold({ maxLateMs: MINUTE })]);
    expect(carriedOut(shorter)).toEqual(['0 at 18']);
  });

  sentence(
    '`"onEdit": "restart"`: a running hold ends, and the next one begins with the loading of the new text.',
    async () => {
      const chat = await held(hold());
      await edit(chat, 5, [edited({ onEdit: 'restart' })]);
      // As after a crash: it meets the same rules again.
      await chat.sweep(at(6), ['hold'], at(5));
      await lookAt(chat, 15, 20, 25);
      expect(outcomesOf(chat)).toEqual(['armed', 'disarmed', 'armed', 'fired']);
      expect(carriedOut(chat)).toEqual(['0 at 25']);
    },
  );

  sentence('`"onEdit": "cancel"`: a running hold is given up, and stays so until its conditions end.', async () => {
    const chat = await held(hold());
    await edit(chat, 5, [edited({ onEdit: 'cancel' })]);
    await chat.run(at(6), statusEvent(at(6), 'ON_HOLD', { old: 'ON_HOLD' }));
    await lookAt(chat, 60);
    expect(outcomesOf(chat)).toEqual(['armed', 'disarmed']);
    expect(last(chat)).toMatchObject({ state: 'cancelled', endReason: expect.stringContaining('edited') });
    await chat.run(at(61), toOpen(61));
    await chat.run(at(62), toHold(62));
    await lookAt(chat, 82);
    expect(carriedOut(chat)).toEqual(['0 at 82']);
  });

  sentence(
    'A hold that falls due before the edit has come to its chat waits for it, unless `onEdit` is `keep`.',
    async () => {
      for (const [onEdit, outcomes] of [
        ['keep', ['armed', 'fired']],
        ['restart', ['armed', 'disarmed', 'armed']],
        ['cancel', ['armed', 'disarmed']],
      ] as const) {
        const chat = await held(hold());
        // The service was down from 10:10 to 10:30, and comes back with the rule edited.
        chat.ruleset = rulesetOf([hold({ onEdit, actions: [card] })]);
        await lookAt(chat, 30);
        await chat.sweep(at(30) + 2_000, ['hold'], at(30));
        await lookAt(chat, 31);
        expect(outcomesOf(chat)).toEqual(outcomes);
      }
    },
  );

  sentence('What has fired goes on by the new text, whatever `onEdit` says, and does not fire again.', async () => {
    for (const onEdit of ['keep', 'restart', 'cancel'] as const) {
      const chat = await fired(hold());
      await edit(chat, 16, [edited({ onEdit, steps: [step(10)] })]);
      await lookAt(chat, 20, 25, 60);
      expect(carriedOut(chat)).toEqual(['0 at 15', '1 at 25']);
    }
  });

  sentence('A hold whose conditions do not hold by the new text ends.', async () => {
    const chat = await held(hold());
    const ended = { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ENDED' }] };
    await edit(chat, 5, [hold({ conditions: ended })]);
    expect(last(chat)).toMatchObject({ endedAt: at(5), endedBy: `ruleset:${chat.ruleset.hash}` });
  });

  sentence('A rule that is renamed is one that is removed and a new one.', async () => {
    const chat = await held(hold());
    await edit(chat, 5, [{ ...hold(), id: 'renamed' }]);
    await lookAt(chat, 15, 20);
    expect(chat.outcomes()).toEqual(['hold armed', 'hold disarmed', 'renamed armed', 'renamed fired']);
    expect(carriedOut(chat)).toEqual(['0 at 20']);
  });

  sentence('A rule that is removed or switched off ends its holds, and resolves its cards.', async () => {
    for (const rules of [[], [hold({ mode: 'off' })]]) {
      const running = await held(hold());
      await edit(running, 5, rules);
      await lookAt(running, 15);
      expect(outcomesOf(running)).toEqual(['armed', 'disarmed']);
      const chat = await fired(hold({ actions: [card], steps: [step(5)] }));
      await edit(chat, 16, rules);
      await lookAt(chat, 20);
      expect(outcomesOf(chat)).toEqual(['armed', 'fired', 'resolved']);
      expect(chat.resolved).toHaveLength(1);
    }
  });

  sentence('A rule that goes into shadow decides when its holds fall due, and does not act.', async () => {
    const chat = await held(hold());
    await edit(chat, 5, [hold({ mode: 'shadow', steps: [step(5)] })]);
    await lookAt(chat, 15, 20);
    expect(outcomesOf(chat)).toEqual(['armed', 'shadow', 'shadow']);
    expect(chat.actions).toEqual([]);
  });

  sentence('Rules that are loaded again without an edit change nothing.', async () => {
    const chat = await held(hold({ onEdit: 'restart' }));
    chat.ruleset = rulesetOf([hold({ onEdit: 'restart' })]);
    await chat.sweep(at(5), []);
    await lookAt(chat, 15);
    expect(carriedOut(chat)).toEqual(['0 at 15']);
  });
});

describe('outside hours', () => {
  sentence(
    'With `skip`, a hold that falls due outside its calendar is forgone, and stays so until its conditions end.',
    async () => {
      const chat = await held(hold(skip), BREAK);
      await lookAt(chat, 15, 60, 90);
      expect(outcomesOf(chat)).toEqual(['armed', 'closed']);
      expect(last(chat)).toMatchObject({ state: 'cancelled', endReason: 'outside the calendar "desk"' });
      await chat.run(at(91), toOpen(91));
      await chat.run(at(92), toHold(92));
      await lookAt(chat, 107);
      expect(carriedOut(chat)).toEqual(['0 at 107']);
    },
  );

  sentence(
    'With `wait`, a hold that falls due outside its calendar fires when the calendar opens, if its conditions hold by then.',
    async () => {
      const chat = await held(hold(wait), BREAK);
      await lookAt(chat, 15);
      expect(last(chat)).toMatchObject({ state: 'running', nextAt: OPENING });
      await lookAt(chat, 59, 60);
      expect(outcomesOf(chat)).toEqual(['armed', 'closed', 'fired']);
      expect(carriedOut(chat)).toEqual(['0 at 60']);
      const over = await held(hold(wait), BREAK);
      await lookAt(over, 15);
      await over.run(at(30), toOpen(30));
      await lookAt(over, 60);
      expect(outcomesOf(over)).toEqual(['armed', 'closed', 'disarmed']);
    },
  );

  sentence('With `wait`, lateness counts from the opening, and steps count from the real firing.', async () => {
    const rule = hold({ ...wait, maxLateMs: 5 * MINUTE, steps: [step(10)] });
    const chat = await held(rule, BREAK);
    await lookAt(chat, 15, 64, 74);
    expect(outcomesOf(chat)).toEqual(['armed', 'closed', 'fired', 'fired']);
    expect(last(chat)).toMatchObject({ firedAt: at(64) });
    expect(carriedOut(chat)).toEqual(['0 at 60', '1 at 74']);
    const late = await held(rule, BREAK);
    await lookAt(late, 66);
    expect(outcomesOf(late)).toEqual(['armed', 'closed', 'expired']);
  });

  sentence(
    'With `skip`, a step or a repeat outside the calendar is left out, and the next one comes at its time.',
    async () => {
      const lunch = calendarsOf({ 'mon-fri': ['09:00-10:20', '11:00-18:00'] });
      const chat = await fired(hold({ ...skip, steps: [step(10), step(50)], ...repeat(20, 3) }), lunch);
      for (let minute = 16; minute <= 90; minute += 1) await lookAt(chat, minute);
      // Step 1 and repeats 1 and 2 fall between 10:20 and 11:00.
      expect(carriedOut(chat)).toEqual(['0 at 15', '2 at 65', 'r3 at 75']);
      const closed = chat.decisions.filter(({ outcome }) => outcome === 'closed');
      expect(closed.map(({ step, repeat }) => step ?? `r${repeat}`)).toEqual([1, 'r1']);
      expect(closed[1]?.reason).toContain('repeats 1 to 2 of 3');
    },
  );

  sentence('With `wait`, a step outside the calendar comes when the calendar opens.', async () => {
    const lunch = calendarsOf({ 'mon-fri': ['09:00-10:20', '11:00-18:00'] });
    const chat = await fired(hold({ ...wait, maxLateMs: MINUTE, steps: [step(10), step(50)] }), lunch);
    for (let minute = 16; minute <= 90; minute += 1) await lookAt(chat, minute);
    expect(carriedOut(chat)).toEqual(['0 at 15', '1 at 60', '2 at 65']);
  });

  const onStatus = (more: Partial<Rule> = {}) =>
    aRule({
      id: 'hold',
      trigger: { kind: 'event', on: ['IM_Session_Status'], late: false },
      conditions: {
        all: [
          { fact: 'transition', path: '$', operator: 'changedTo', value: 'ON_HOLD' },
          { fact: 'session', path: '$.assigneeId', operator: 'equal', value: 'a1' },
        ],
      },
      ...more,
    });

  sentence('With `skip`, an event outside the calendar of its rule is forgone.', async () => {
    const chat = new Timeline(rulesetOf([onStatus(skip)], {}, BREAK));
    await chat.run(at(20), toHold(20));
    await lookAt(chat, 60, 90);
    expect(outcomesOf(chat)).toEqual(['closed']);
    expect(chat.state.episodes).toEqual([]);
  });

  sentence(
    'With `wait`, an event outside the calendar of its rule is judged when the calendar opens, by the state of that moment.',
    async () => {
      const rule = onStatus({ ...wait, maxLateMs: MINUTE });
      const chat = new Timeline(rulesetOf([rule], {}, BREAK));
      await chat.run(at(20), toHold(20));
      expect(chat.state.episodes).toMatchObject([{ kind: 'event', state: 'running', nextAt: OPENING }]);
      // That the chat goes on, or ends, does not matter to this rule.
      await chat.run(at(30), statusEvent(at(30), 'ENDED', { old: 'ON_HOLD' }));
      await lookAt(chat, 60, 61);
      expect(outcomesOf(chat)).toEqual(['closed', 'fired']);
      expect(chat.decisions.at(-1)).toMatchObject({ eventKey: toHold(20).key, at: OPENING });
      expect(carriedOut(chat)).toEqual(['0 at 60']);
      expect(chat.state.episodes).toEqual([]);
      // That somebody else has it does.
      const passed = new Timeline(rulesetOf([rule], {}, BREAK));
      await passed.run(at(20), toHold(20));
      await passed.run(at(30), statusEvent(at(30), 'ON_HOLD', { old: 'ON_HOLD', currentAssigneeId: 'a2' }));
      await lookAt(passed, 60);
      expect(outcomesOf(passed)).toEqual(['closed', 'stale', 'disarmed']);
      expect(last(passed)).toMatchObject({ state: 'cancelled', endedAt: OPENING, endedBy: 'due' });
      // The service was away from the event to long after the opening.
      const away = new Timeline(rulesetOf([rule], {}, BREAK));
      await away.run(at(62), toHold(20));
      expect(outcomesOf(away)).toEqual(['closed', 'expired']);
      expect(last(away)).toMatchObject({ state: 'expired', endedAt: OPENING });
    },
  );

  sentence('What would wait for a calendar that never opens again is forgone.', async () => {
    const never = calendarsOf({ 'mon-fri': ['09:00-10:10'] }, Object.fromEntries(daysFrom('2026-03-03', 420)));
    const chat = await held(hold(wait), never);
    await lookAt(chat, 15);
    expect(outcomesOf(chat)).toEqual(['armed', 'closed']);
    expect(last(chat)).toMatchObject({ state: 'cancelled', endReason: expect.stringContaining('never opens again') });
    const event = new Timeline(rulesetOf([onStatus(wait)], {}, never));
    await event.run(at(20), toHold(20));
    expect(outcomesOf(event)).toEqual(['closed']);
    expect(event.state.episodes).toEqual([]);
  });
});

/** Days off, one after the other. */
function daysFrom(first: string, count: number): [string, { hours: string[] }][] {
  return Array.from({ length: count }, (_, day) => [
    new Date(Date.parse(first) + day * 24 * HOUR).toISOString().slice(0, 10),
    { hours: [] },
  ]);
}

describe('the business clock', () => {
  const business = (minutes: number, more: Partial<Rule> = {}) =>
    hold({ ...skip, clock: 'business', trigger: { kind: 'hold', forMs: minutes * MINUTE }, ...more });

  sentence('With `"clock": "business"`, a hold counts only while its calendar is open.', async () => {
    const chat = await held(business(15, { steps: [step(10)] }), BREAK);
    // Ten minutes until 10:10, and five from 11:00 on.
    expect(last(chat)).toMatchObject({ dueAt: at(65), nextAt: at(65) });
    await lookAt(chat, 15, 65, 75);
    expect(carriedOut(chat)).toEqual(['0 at 65', '1 at 75']);
  });

  sentence('A change of the clocks makes no open hour longer or shorter.', async () => {
    // In Lisbon the hour from 01:00 to 02:00 of 2026-03-29 does not exist, and that of 2026-10-25 comes twice.
    const nights = calendarsOf({ 'mon-sun': ['00:00-06:00'] }, {}, 'Europe/Lisbon');
    for (const [from, due] of [
      ['2026-03-29T00:30:00Z', '2026-03-29T03:30:00Z'],
      ['2026-10-25T00:30:00Z', '2026-10-25T03:30:00Z'],
      ['2026-03-28T04:00:00Z', '2026-03-29T01:00:00Z'],
    ]) {
      const chat = new Timeline(rulesetOf([business(180)], {}, nights));
      const began = Date.parse(from ?? '');
      await chat.run(began, statusEvent(began, 'ON_HOLD', { old: 'OPEN' }));
      expect(new Date(last(chat)?.dueAt ?? 0).toISOString()).toBe(new Date(due ?? '').toISOString());
    }
  });

  sentence('A holiday does not count.', async () => {
    const calendars = calendarsOf({ 'mon-fri': ['09:00-11:00'] }, { '2026-03-03': { hours: [] } });
    const chat = await held(business(90), calendars);
    expect(last(chat)).toMatchObject({ dueAt: Date.parse('2026-03-04T09:30:00-03:00') });
  });

  sentence('A hold that is due at the very end of the open hours fires.', async () => {
    const chat = await held(business(10), BREAK);
    await lookAt(chat, 10);
    expect(carriedOut(chat)).toEqual(['0 at 10']);
  });

  sentence('A late event or an edited calendar moves the due time by open hours, too.', async () => {
    const chat = new Timeline(rulesetOf([business(15)], {}, BREAK));
    await chat.run(at(8), toHold(8, { old: 'ON_HOLD' }));
    expect(last(chat)).toMatchObject({ dueAt: at(73) });
    await chat.run(at(9), toHold(4));
    expect(last(chat)).toMatchObject({ dueAt: at(69), nextAt: at(69) });
    await edit(chat, 12, [business(15)], calendarsOf({ 'mon-fri': ['09:00-10:10', '10:30-18:00'] }));
    expect(last(chat)).toMatchObject({ dueAt: at(39), nextAt: at(39) });
    await lookAt(chat, 39);
    expect(carriedOut(chat)).toEqual(['0 at 39']);
  });

  sentence('A hold that its business clock never makes due has no due time, and says why.', async () => {
    const never = calendarsOf({ 'mon-fri': ['09:00-10:10'] }, Object.fromEntries(daysFrom('2026-03-03', 420)));
    const chat = await held(business(15), never);
    expect(last(chat)).toMatchObject({ state: 'running' });
    expect(last(chat)?.nextAt).toBeUndefined();
    expect(chat.decisions[0]?.reason).toContain('never due');
    await edit(chat, 5, [business(15)], BREAK);
    await lookAt(chat, 65);
    expect(carriedOut(chat)).toEqual(['0 at 65']);
  });
});

describe('after the firing', () => {
  sentence('A step, and a repeat, comes once while the episode lasts, and none after its end.', async () => {
    const chat = await fired(hold({ steps: [step(5), step(50)], ...repeat(10, 3) }));
    for (let minute = 16; minute < 40; minute += 1) await lookAt(chat, minute);
    await chat.run(at(45), toOpen(45));
    await lookAt(chat, 46, 65);
    expect(carriedOut(chat)).toEqual(['0 at 15', '1 at 20', 'r1 at 25', 'r2 at 35']);
    expect(last(chat)).toMatchObject({ stepsDone: 1, repeatsDone: 2 });
    const spent = await fired(hold({ ...repeat(10, 2) }));
    await lookAt(spent, 25, 35, 45, 55);
    expect(carriedOut(spent)).toEqual(['0 at 15', 'r1 at 25', 'r2 at 35']);
  });

  sentence('An acknowledgement stops the repeats, and every step that does not say `"unless": "never"`.', async () => {
    const chat = await fired(hold({ steps: [step(5), step(15, 'never')], ...repeat(10, 9) }));
    change(chat, { acknowledgedAt: at(16) });
    await lookAt(chat, 20, 25, 30, 35, 45);
    expect(carriedOut(chat)).toEqual(['0 at 15', '2 at 30']);
    expect(outcomesOf(chat)).toEqual(['armed', 'fired', 'skipped', 'skipped', 'fired']);
  });

  sentence('A snooze makes steps and repeats stand still: they come later by as long as it lasts.', async () => {
    const chat = await fired(hold({ actions: [card], steps: [step(10)], ...repeat(20, 1) }));
    // What a person does at 10:20, for half an hour.
    change(chat, { snoozedUntil: at(50), pausedMs: 30 * MINUTE, nextAt: at(50) });
    await lookAt(chat, 25, 35);
    expect(carriedOut(chat)).toEqual(['0 at 15']);
    await lookAt(chat, 50);
    expect(chat.actions.at(-1)?.spec).toMatchObject({ type: 'slack.alertUpdate', params: { change: 'open' } });
    await lookAt(chat, 55, 65);
    expect(carriedOut(chat).slice(2)).toEqual(['1 at 55', 'r1 at 65']);
    expect(last(chat)?.snoozedUntil).toBeUndefined();
  });

  sentence('A limit counts firings, and neither steps nor repeats nor what was forgone.', async () => {
    const limit = { count: 2, per: 'session' as const, withinMs: 10 * HOUR };
    const chat = await held(hold({ ...skip, limit, steps: [step(1)], ...repeat(2, 2) }), BREAK);
    // The first falls due outside its hours, the fourth is one too many.
    await lookAt(chat, 15);
    for (const minute of [65, 85, 105]) {
      await chat.run(at(minute) - 1, statusEvent(at(minute) - 1, 'OPEN', { old: 'ON_HOLD' }));
      await chat.run(at(minute), toHold(minute));
      for (let look = 15; look < 19; look += 1) await lookAt(chat, minute + look);
    }
    const counted = chat.decisions.filter(({ outcome, step }) => step === 0 && outcome !== 'armed');
    expect(counted.map(({ outcome }) => outcome)).toEqual(['closed', 'fired', 'fired', 'limited']);
  });

  sentence('A repeat edits the card of the firing and tells of it in its thread; it opens no second one.', async () => {
    const chat = await fired(hold({ actions: [post('x'), card], ...repeat(10, 2) }));
    await lookAt(chat, 25, 35);
    const [, opened] = chat.actions;
    expect(chat.actions.slice(2).map(({ spec }) => spec)).toMatchObject([
      { type: 'slack.post' },
      { type: 'slack.alertUpdate', params: { alertId: opened?.id, change: 'repeated', card: card.params } },
      { type: 'slack.post' },
      { type: 'slack.alertUpdate', params: { alertId: opened?.id, change: 'repeated', card: card.params } },
    ]);
    expect(last(chat)?.alertIds).toEqual([opened?.id]);
  });
});

test('every sentence of docs/holds.md has its test, and every test its sentence', () => {
  expect(told).toEqual(documented);
});
