import { findNearest } from '../../domain/did-you-mean.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import { KNOWN_EVENT_TYPES } from '../../domain/vocabulary.ts';
import type { Finding } from '../load/fault.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** What makes the rule fire: exactly one of `on`, `for` and `every`, and the keys that go with it. */
export const checkTrigger: RuleCheck = ({ file }) => [
  ...checkKind(file),
  ...(file.every === undefined
    ? keyWithout(file, 'onResolve', 'for', 'only a hold ends; an event rule has nothing to resolve')
    : []),
  ...cardsAtTheEnd(file),
  ...keyWithout(file, 'episodeBy', 'for', 'only a hold rule has episodes to tell apart'),
  ...keyWithout(file, 'late', 'on', 'only event rules judge late events'),
  ...checkEventTypes(file.on ?? []),
];

function checkKind({ on, for: lasting, every }: RuleFile): Finding[] {
  const [first, ...more] = Object.entries({ on, for: lasting, every }).flatMap(([key, value]) =>
    value === undefined ? [] : [key],
  );
  if (first === undefined) {
    return [
      {
        path: [],
        code: 'no-trigger',
        message: 'the rule says none of "on", "for" and "every"',
        remedy:
          'Write "on": ["IM_Session_Status"] to fire on events, "for": "15m" to fire once a state has lasted, or "every": "1m" to look at a queue again and again.',
      },
    ];
  }
  return more.map((key) => ({
    path: [key],
    on: 'key',
    code: 'two-triggers',
    message: `the rule says both "${first}" and "${key}"`,
    remedy:
      'Keep "on" to fire on events, "for" to fire once a state has lasted, "every" to look again and again; for two of them, make two rules.',
  }));
}

/** A card lives as long as its episode, and at onResolve that is over: it would be skipped, every time. */
function cardsAtTheEnd(file: RuleFile): Finding[] {
  return (file.onResolve ?? []).flatMap(({ type }, index): Finding[] =>
    type === 'slack.alert'
      ? [
          {
            path: ['onResolve', index, 'type'],
            code: 'card-at-the-end',
            message: 'a card lives as long as its episode, and at onResolve that is over',
            remedy:
              'Write "slack.post" for a message; cards that the rule opened are marked as resolved by themselves.',
          },
        ]
      : [],
  );
}

function keyWithout(file: RuleFile, key: keyof RuleFile, needed: 'on' | 'for', why: string): Finding[] {
  if (file[key] === undefined || file[needed] !== undefined) return [];
  const message = `"${key}" goes with "${needed}": ${why}`;
  return [{ path: [key], on: 'key', code: 'key-without-effect', message, remedy: `Remove "${key}".` }];
}

/** Any source may send any type, so only what looks like a slip is worth a word. */
function checkEventTypes(types: readonly string[]): Finding[] {
  const known: readonly string[] = KNOWN_EVENT_TYPES;
  return types.flatMap((type, index): Finding[] => {
    const place = { path: ['on', index], severity: 'warning' as const };
    if (types.indexOf(type) !== index)
      return [{ ...place, code: 'duplicate-event', message: `"${type}" is there twice`, remedy: 'Remove one.' }];
    const nearest = known.includes(type) ? undefined : findNearest(type, known);
    if (nearest === undefined) return [];
    const message = `no event of the type "${type}" is known`;
    return [{ ...place, code: 'unknown-event', message, remedy: `Did you mean "${nearest}"?` }];
  });
}
