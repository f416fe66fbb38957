import { isComputed, type RuleReads } from '../computed/rule-reads.ts';
import type { Trigger } from './rule-under-check.ts';

/** What decides whether a template can read a fact that is computed, or that only chats have. */
export interface TemplateMoment {
  trigger: Trigger;
  when: 'firing' | 'later';
  reads: RuleReads;
}

const NOT_COMPUTED = 'no condition of the rule reads it, so it is not computed';
const LONG_AGO = 'it is computed for the firing, and a step or the end of an episode comes later';

/** Why a fact, or a field of one, is not there when the action is made; undefined when it is. */
export function whyAbsent(root: string, segments: readonly string[], moment: TemplateMoment): string | undefined {
  const { trigger, when, reads } = moment;
  if (trigger?.kind === 'schedule') {
    if (root === 'session' || root === 'event' || root === 'transition') {
      return 'a schedule rule looks at the desk, a channel or an agent';
    }
    if (root === 'channel' && reads.subject !== 'channel') {
      return 'no condition reads the channel, so the rule is not judged for each channel';
    }
  }
  if (!isComputedPlace(root, segments)) return undefined;
  if (!isReadBy(root, reads)) return NOT_COMPUTED;
  if (when === 'firing' || (root === 'agent' && !isComputed(root, toPath(segments)))) return undefined;
  return LONG_AGO;
}

function isComputedPlace(root: string, segments: readonly string[]): boolean {
  if (root === 'queue' || root === 'history' || root === 'agent') return true;
  return root === 'channel' && isComputed(root, toPath(segments));
}

function isReadBy(root: string, reads: RuleReads): boolean {
  if (root === 'agent') return reads.agent;
  return root === 'channel' ? reads.channel : reads.computed.some(({ fact }) => fact === root);
}

function toPath(segments: readonly string[]): string {
  return `$${segments.map((segment) => `['${segment}']`).join('')}`;
}
