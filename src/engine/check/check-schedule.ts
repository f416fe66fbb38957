import type { ConditionLeaf, RuleFile } from '../../domain/rule-file.ts';
import { placesRead, readsOf } from '../computed/rule-reads.ts';
import { allLeaves, walk } from '../load/condition-tree.ts';
import type { Finding } from '../load/fault.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** What only concerns rules with `every`: whom they are judged for, and the keys that have no meaning for them. */
export const checkSchedule: RuleCheck = ({ file, named = new Map() }) => {
  if (file.every === undefined) return [];
  const leaves = [...allLeaves(file.conditions, named)];
  const channelRead = leaves.find((leaf) => isOf(leaf, 'channel', 'channel'));
  const agentRead = leaves.find((leaf) => isOf(leaf, 'agent', 'assignee'));
  if (channelRead !== undefined && agentRead !== undefined) return [bothSubjects(file, agentRead)];
  return [...checkLimit(file, readsOf(file.conditions, named).subject), ...checkRepeat(file)];
};

function isOf(leaf: ConditionLeaf, fact: string, by: string): boolean {
  return placesRead(leaf).some((place) => place.fact === fact) || leaf.params?.['by'] === by;
}

function bothSubjects({ conditions }: RuleFile, agentRead: ConditionLeaf): Finding {
  const place = [...walk({ condition: conditions, path: ['conditions'] })].find(
    ({ condition }) => condition === agentRead,
  );
  return {
    path: place === undefined ? ['conditions'] : [...place.path, 'fact'],
    code: 'two-subjects',
    message: 'the conditions read the channel and the agent: a schedule rule is judged for each of one of them',
    remedy: 'Make two rules, or take the number of a channel from queue with "params": { "channelId": … }.',
  };
}

function checkLimit({ limit }: RuleFile, subject: 'desk' | 'channel' | 'agent'): Finding[] {
  if (limit === undefined || limit.per === 'rule' || limit.per === subject) return [];
  const per = subject === 'desk' ? '"rule"' : `"rule" or "${subject}"`;
  const message = `this rule is judged for ${subject === 'desk' ? 'the desk as a whole' : `each ${subject}`}: there is no ${limit.per} to count by`;
  return [{ path: ['limit', 'per'], code: 'bad-limit', message, remedy: `Write ${per}.` }];
}

function checkRepeat({ repeat }: RuleFile): Finding[] {
  if (repeat === undefined) return [];
  const message = '"repeat" goes with "for" and "on": a schedule rule acts again at every tick';
  const remedy = 'Remove "repeat"; "limit" bounds how often it acts.';
  return [{ path: ['repeat'], on: 'key', code: 'key-without-effect', message, remedy }];
}
