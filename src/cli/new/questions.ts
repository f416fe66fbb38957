import { suggestion } from '../../domain/did-you-mean.ts';
import { parseDuration } from '../../domain/duration.ts';
import { RULE_ID_PATTERN } from '../../domain/rule-file.ts';
import { SESSION_STATUSES } from '../../domain/vocabulary.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';

/** What has to be known of a new rule; each answer is also an option of the command. */
export const ANSWERS = [
  'kind',
  'status',
  'assignee',
  'for',
  'every',
  'above',
  'slack',
  'during',
  'name',
  'id',
] as const;
export type AnswerName = (typeof ANSWERS)[number];
export type Answers = Partial<Record<AnswerName, string>>;

export const KINDS = ['hold', 'event', 'schedule'] as const;
export const ASSIGNEES = ['anyone', 'nobody', 'agent', 'bot'] as const;

export interface Question {
  name: AnswerName;
  /** The option's placeholder and its line in the help. */
  option: [placeholder: string, about: string];
  text: string;
  /** Whether it is asked, after the answers before it. */
  applies(answers: Answers, ruleset: Ruleset): boolean;
  /** What an empty line means; undefined where an answer must be given. */
  otherwise(answers: Answers): string | undefined;
  /** What is wrong with an answer, and what would be right. */
  fault(answer: string, ruleset: Ruleset): string | undefined;
}

/** For no calendar. */
export const ALWAYS = 'always';
const MAX_ABOVE = 50;

const oneOf = (answer: string, known: readonly string[]) =>
  known.includes(answer) ? undefined : `"${answer}" is not among them. ${suggestion(answer, known)}`;

const duration = (answer: string, leastMs: number) =>
  (parseDuration(answer) ?? 0) >= leastMs
    ? undefined
    : `"${answer}" is no such duration. Write it like 90s, 15m or 1h30m.`;

const isHold = ({ kind }: Answers) => kind === 'hold';
const isSchedule = ({ kind }: Answers) => kind === 'schedule';

export const QUESTIONS: readonly Question[] = [
  {
    name: 'kind',
    option: ['kind', `${KINDS.join(', ')}: a state that lasts, a change, a look at the queue again and again`],
    text: 'What is to be told: a state that lasts (hold), a change (event), how many chats wait (schedule)?',
    applies: () => true,
    otherwise: () => 'hold',
    fault: (answer) => oneOf(answer, KINDS),
  },
  {
    name: 'status',
    option: ['status', 'the status that lasts, that a chat changes to, or that is counted'],
    text: `Which status (${SESSION_STATUSES.join(', ')})?`,
    applies: () => true,
    otherwise: ({ kind }) => ({ hold: 'ON_HOLD', event: 'ENDED', schedule: 'OPEN' })[kind ?? ''],
    fault: (answer) => oneOf(answer, SESSION_STATUSES),
  },
  {
    name: 'assignee',
    option: ['who', `whose chats, of a hold: ${ASSIGNEES.join(', ')}`],
    text: `Who has the chat (${ASSIGNEES.join(', ')})?`,
    applies: isHold,
    otherwise: () => 'anyone',
    fault: (answer) => oneOf(answer, ASSIGNEES),
  },
  {
    name: 'for',
    option: ['duration', 'how long the state has to last, such as 15m'],
    text: 'For how long (15m, 1h30m)?',
    applies: isHold,
    otherwise: () => undefined,
    fault: (answer) => duration(answer, 2_000),
  },
  {
    name: 'every',
    option: ['duration', 'how often the queue is looked at, such as 5m'],
    text: 'How often is to be looked (1m, 1h)?',
    applies: isSchedule,
    otherwise: () => '5m',
    fault: (answer) => duration(answer, 5_000),
  },
  {
    name: 'above',
    option: ['number', `tell when more chats than this have the status, 0 to ${MAX_ABOVE}`],
    text: 'Tell when more chats than this have the status:',
    applies: isSchedule,
    otherwise: () => '5',
    fault: (answer) =>
      /^\d{1,2}$/.test(answer) && Number(answer) <= MAX_ABOVE
        ? undefined
        : `Give a whole number from 0 to ${MAX_ABOVE}.`,
  },
  {
    name: 'slack',
    option: ['channel', "the Slack channel that is told, such as '#ops'"],
    text: 'In which Slack channel (#ops)?',
    applies: () => true,
    otherwise: () => undefined,
    fault: (answer) =>
      /^(?:#[^\s#{}%]{1,80}|[CG][A-Z0-9]{5,20})$/.test(answer)
        ? undefined
        : `"${answer}" is no channel. Write its name with #, such as #ops, or its id; a shell wants '#ops' in quotes.`,
  },
  {
    name: 'during',
    option: ['calendar', `the calendar in whose hours it acts, or ${ALWAYS}`],
    text: `During which calendar, or ${ALWAYS}?`,
    applies: (_, { calendars }) => calendars.size > 0,
    otherwise: () => ALWAYS,
    fault: (answer, { calendars }) => oneOf(answer, [ALWAYS, ...calendars.keys()]),
  },
  {
    name: 'name',
    option: ['text', 'what people call the rule'],
    text: 'What is the rule called?',
    applies: () => true,
    otherwise: (answers) => suggestName(answers),
    fault: (answer) => (answer.length <= 200 ? undefined : 'A name has at most 200 characters.'),
  },
  {
    name: 'id',
    option: ['id', 'its id: the name of its file'],
    text: 'Its id, which is the name of its file?',
    applies: () => true,
    otherwise: ({ name = '' }) => toId(name),
    fault(answer, { rules }) {
      if (!RULE_ID_PATTERN.test(answer)) return 'An id has small letters, digits and -, at most 64.';
      return rules.some(({ id }) => id === answer)
        ? `There is a rule "${answer}" already. Choose another id.`
        : undefined;
    },
  },
];

function suggestName(answers: Answers): string {
  const status = answers.status ?? '';
  const whose = { nobody: ' with nobody', agent: ' with an agent', bot: ' with a bot' }[answers.assignee ?? ''] ?? '';
  switch (answers.kind) {
    case 'event':
      return `Tell of chats that become ${status}`;
    case 'schedule':
      return `Tell when more than ${answers.above} chats are ${status}`;
    default:
      return `Tell of chats that are ${status}${whose} for ${answers.for}`;
  }
}

/** `Tell of chats!` → `tell-of-chats`; undefined when nothing is left of a name. */
export function toId(name: string): string | undefined {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const id = plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+/g, '')
    .slice(0, 64)
    .replaceAll(/-+$/g, '');
  return id === '' ? undefined : id;
}
