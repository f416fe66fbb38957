import { describe, expect, it } from 'vitest';
import { checkFolder } from '../../../../src/engine/check/check-folder.ts';

const leaf = (path: string, value: unknown, fact = 'session') => ({ fact, path, operator: 'equal', value });
const ON_HOLD = leaf('$.status', 'ON_HOLD');
const NOT_OURS = leaf('$.ours', false, 'transition');
const PICK = { type: 'zoho.assignSession', params: { pick: 'leastBusy', from: { department: '1' } } };
const assign = (agentId: string) => ({ type: 'zoho.assignSession', params: { agentId } });
const setStatus = (status: string) => ({ type: 'zoho.setSessionStatus', params: { status } });
const LIMIT = { count: 2, per: 'session', within: '1h' };

const rule = (conditions: object[], actions: object[], more: object = { for: '15m' }) => ({
  name: 'A rule',
  conditions: { all: conditions },
  actions,
  ...more,
});
const EVENT = { on: ['IM_Session_Status'] };

function circles(files: Record<string, object>): string[] {
  const texts = Object.entries(files).map(([id, content]): [string, string] => [
    `${id}.rule.json`,
    JSON.stringify(content),
  ]);
  const checked = checkFolder(new Map(texts), []);
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return checked.warnings.filter(({ code }) => code === 'circle').map(({ file, message }) => `${file}: ${message}`);
}

describe('rules that set themselves going', () => {
  const byAssignee = { for: '15m', episodeBy: ['session.assigneeId'] };

  it('a hold that reassigns, with an episode for each assignee, unless it has a limit', () => {
    expect(circles({ a: rule([ON_HOLD], [PICK], byAssignee) })).toHaveLength(1);
    expect(circles({ a: rule([ON_HOLD], [PICK], { ...byAssignee, limit: LIMIT }) })).toEqual([]);
    expect(circles({ a: rule([ON_HOLD], [PICK]) })).toEqual([]);
  });

  it('an event rule that reassigns at what its reassignment causes, unless it leaves our changes alone', () => {
    expect(circles({ a: rule([ON_HOLD], [PICK], EVENT) })).toHaveLength(1);
    expect(circles({ a: rule([ON_HOLD, NOT_OURS], [PICK], EVENT) })).toEqual([]);
    expect(circles({ a: rule([ON_HOLD], [PICK], { ...EVENT, mode: 'shadow' }) })).toEqual([]);
    expect(circles({ a: rule([ON_HOLD], [PICK], { on: ['IM_Message_Add'] }) })).toEqual([]);
  });

  it('not one that comes to rest: a named agent, a status, a chat that is assigned then', () => {
    expect(circles({ a: rule([ON_HOLD], [assign('1')], EVENT) })).toEqual([]);
    expect(circles({ a: rule([ON_HOLD], [setStatus('ENDED')], EVENT) })).toEqual([]);
    const nobody = { fact: 'session', path: '$.assigneeId', operator: 'exists', value: false };
    expect(circles({ a: rule([nobody], [PICK], EVENT) })).toEqual([]);
    const bounded = { fact: 'session', path: '$.reassignments', operator: 'lessThan', value: 3 };
    expect(circles({ a: rule([ON_HOLD, bounded], [PICK], EVENT) })).toEqual([]);
  });
});

describe('rules that set each other going', () => {
  const end = rule([ON_HOLD], [setStatus('ENDED')]);
  const reopen = rule([leaf('$.status', 'ENDED')], [setStatus('ON_HOLD')], EVENT);

  it('are told once, with the way round', () => {
    expect(circles({ end, reopen })).toEqual([
      'end.rule.json: what this rule changes sets another going, and so on back to it: end.rule.json → reopen.rule.json → end.rule.json',
    ]);
  });

  it('also over three, and not where one of them stands outside: a limit, another channel, our own changes', () => {
    const block = rule([leaf('$.status', 'ENDED')], [setStatus('BLOCKED')], EVENT);
    const open = rule([leaf('$.status', 'BLOCKED')], [setStatus('OPEN')], EVENT);
    const hold = rule([leaf('$.status', 'OPEN')], [setStatus('ON_HOLD')], EVENT);
    expect(circles({ end, block, open, hold })).toHaveLength(1);
    expect(circles({ end: { ...end, limit: LIMIT }, block, open, hold })).toEqual([]);
    expect(
      circles({ end, reopen: rule([leaf('$.status', 'ENDED'), NOT_OURS], [setStatus('ON_HOLD')], EVENT) }),
    ).toEqual([]);
    const inChannel = (id: string, one: ReturnType<typeof rule>) => ({
      ...one,
      conditions: { all: [...one.conditions.all, leaf('$.channelId', id)] },
    });
    expect(circles({ end: inChannel('1', end), reopen: inChannel('2', reopen) })).toEqual([]);
  });

  it('between two agents', () => {
    const first = rule([ON_HOLD], [assign('1')], EVENT);
    const second = rule([leaf('$.assigneeType', 'AGENT')], [assign('2')], EVENT);
    expect(circles({ first, second })).toHaveLength(1);
    expect(circles({ first, same: { ...second, actions: [assign('1')] } })).toEqual([]);
  });
});
