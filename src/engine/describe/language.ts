import type { Rule } from '../../domain/rule.ts';

/**
 * What a language says of rules. Conditions are clauses about a chat, which `{it}` and `{its}` stand for; actions are what
 * Vigia does (`shows a card in …`). Every language puts them into its own order.
 */
export interface Language {
  tag: 'en' | 'pt-BR';
  and(parts: readonly string[]): string;
  or(parts: readonly string[]): string;
  not(part: string): string;
  /** What stands for `{it}` and `{its}` in clauses: the first time, and from then on. */
  subject: { first: string; firstOwn: string; again: string; againOwn: string };
  /** `15 minutes`, `1 hour and 30 minutes`. */
  duration(ms: number): string;
  /** Known values in words; others are shown as they are. */
  values: Readonly<Record<string, string>>;
  /** What a field is called, as in `its {}`; by fact and path, `session.messagesIn`. */
  fields: Readonly<Record<string, string>>;
  /** What is no field of a chat, as a subject by itself. */
  standalone: {
    /** By fact and path: `queue.count`. */
    fields: Readonly<Record<string, string>>;
    /** How many chats of a channel have a status. */
    countOnChannel(status: string): string;
    /** What a computed fact was asked, as it follows the name of the field. */
    asked: {
      status(words: string): string;
      entered(words: string): string;
      event(types: string): string;
      unassigned(isSo: boolean): string;
      olderThan(duration: string): string;
      within(duration: string): string;
      channel(name: string): string;
      department(name: string): string;
      by: Readonly<Record<string, string>>;
    };
    hours(calendar: string, isOpen: boolean): string;
    known(field: string, isSo: boolean): string;
  };
  /** Whole phrases for common comparisons: `session.assigneeId exists false`. */
  phrases: Readonly<Record<string, string>>;
  /** A field as another one is compared with it. */
  own(field: string): string;
  range(min: string, max: string): string;
  /** By operator: what is so of the field with this name. */
  operators: Readonly<Record<string, (field: string, value: string) => string>>;
  /** Any other comparison. */
  comparison(field: string, operator: string, value: string): string;
  /** What events of a type are called: `a chat changes its status`; undefined for a type without a name. */
  events: Readonly<Record<string, string>>;
  anyEvent(types: readonly string[]): string;
  hold(state: string, lasting: string, isOneState: boolean): string;
  event(events: string, state: string | undefined): string;
  /** For an event rule whose whole condition is a change to one status. */
  becomes(status: string): string;
  schedule(every: string, state: string): string;
  everyDuration(duration: string): string;
  everyCron(cron: string, zone: string): string;
  during(calendar: string): string;
  businessClock(calendar: string): string;
  /** `…, Vigia does this and that.` */
  whole(when: string, actions: string): string;
  actions: {
    card(channel: string): string;
    post(channel: string): string;
    assignTo(who: string): string;
    assignPick(pick: string, from: string | undefined): string;
    setStatus(status: string): string;
    updateTicket: string;
    commentTicket: string;
    request(url: string): string;
    tile(name: string): string;
    record(dataset: string): string;
  };
  picks: Readonly<Record<string, string>>;
  from: Readonly<Record<'department' | 'team' | 'agents', (name: string) => string>>;
  computed(text: string): string;
  more: {
    step(after: string, unlessAcknowledged: boolean, actions: string): string;
    repeat(every: string, times: number): string;
    resolve(actions: string): string;
    limit(count: number, per: NonNullable<Rule['limit']>['per'], within: string): string;
    waits(calendar: string): string;
    keepFor(duration: string): string;
    episodeBy(fields: string): string;
    grouped: string;
    inhibited(rules: string): string;
    exclusive(group: string): string;
    shadow: string;
    off: string;
  };
}
