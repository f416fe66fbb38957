import type { BlindSpotKind } from '../../../trial/backtest/blind-spots.ts';
import type { ExampleKind } from '../../../trial/backtest/tally.ts';
import type { PageWords } from '../simulation/page.ts';

/** What a backtest and a replay say in one language. `{…}` is filled in. */
export interface BacktestWords extends PageWords {
  title: string;
  /** The verdict at the top of the page. */
  changes: string;
  noChanges: string;
  tried: string;
  comparedWithRules: string;
  comparedWithRecord: string;
  read: string;
  span: string;
  warmUp: string;
  broken: string;
  rulesTitle: string;
  rule: string;
  before: string;
  after: string;
  added: string;
  removed: string;
  moved: string;
  medianMove: string;
  total: string;
  noFirings: string;
  gone: string;
  shadow: string;
  newAlerts: string;
  byHour: string;
  byChannel: string;
  byAgent: string;
  hour: string;
  channel: string;
  agent: string;
  unknown: string;
  others: string;
  kinds: Readonly<Record<ExampleKind, string>>;
  /** Of an example: why the other side did not fire. */
  instead: string;
  chat: string;
  slackTitle: string;
  slackIntro: string;
  slackChannel: string;
  messages: string;
  busiest: string;
  p95: string;
  overSlack: string;
  overBudget: string;
  grouped: string;
  edits: string;
  unknownChannel: string;
  nothing: string;
  zohoTitle: string;
  zohoIntro: string;
  zohoAction: string;
  count: string;
  credits: string;
  zohoDay: string;
  reassignTitle: string;
  takenFrom: string;
  givenTo: string;
  picked: string;
  pickedNote: string;
  nobody: string;
  recordedOnly: string;
  limitsTitle: string;
  limits: readonly string[];
  /** `{rules}`: those that ask for it. */
  blindSpots: Readonly<Record<BlindSpotKind, string>>;
  givenUp: string;
}
