import { shellWord } from '../../../domain/shell-text.ts';
import type { Change } from '../explanation.ts';
import { placeOf } from './place-of.ts';
import type { Teller } from './tell-explanation.ts';

/** One part of the smallest change as the rest of "it would fire …". */
export function tellChange(change: Change, { words, time, span, value }: Teller): string {
  const { changes } = words;
  switch (change.kind) {
    case 'field': {
      const [place, from] = [placeOf(change), value(change.from)];
      if (change.to === undefined) return changes.absent(place, from);
      if (change.otherThan === undefined) return changes.field(place, value(change.to), from);
      return changes.other(place, change.otherThan.map(value).join(', '), value(change.to), from);
    }
    case 'lasts':
      return changes.lasts(span(change.ms), change.until === undefined ? undefined : time(change.until));
    case 'opens':
      return changes.opens(change.calendar, change.at === undefined ? undefined : time(change.at));
    case 'limit_free':
      return changes.limitFree(time(change.at));
    case 'reassignments_free':
      return changes.reassignmentsFree(time(change.at));
    case 'inhibitor_ends':
      return changes.inhibitorEnds(change.ruleId, change.subjects.map(words.chat).join(', '));
    case 'silence_ends':
      return changes.silenceEnds(change.id, time(change.at));
    case 'winner_gone':
      return changes.winnerGone(change.ruleId);
    case 'sooner':
      return changes.sooner(span(change.ms));
    case 'mode':
      return changes.live;
    case 'known': {
      const { value: met, vocabulary } = change.value;
      return changes.known(met, vocabulary, `vigia vocabulary accept ${shellWord(met)}`);
    }
    case 'new_episode':
      return changes.newEpisode;
    case 'late_allowed':
      return changes.lateAllowed;
    case 'event':
      return changes.event(change.types.join(', '));
    case 'unacknowledged':
      return changes.unacknowledged;
  }
}
