import type { Language } from '../../../engine/describe/language.ts';
import type { Firing } from '../../../trial/day/report.ts';
import type { Invariant } from '../../../trial/simulation/invariants/finding.ts';
import type { Extent } from './group-rows.ts';

/** What the pages of a simulation and of a day say in one language. `{…}` is filled in. */
export interface ReportWords {
  lang: Language['tag'];
  /** As part of a sentence: `was not broken`. */
  invariants: Readonly<Record<Invariant, string>>;
  simulationTitle: string;
  dayTitle: string;
  skip: string;
  /** The verdict at the top. */
  fine: string;
  broken: string;
  simulated: string;
  stays: string;
  quick: string;
  tooSlow: string;
  tooSlowForEver: string;
  statusesTitle: string;
  status: string;
  whatHappens: string;
  unknownValue: string;
  nothingActs: string;
  onlyNoted: string;
  atOnce: string;
  after: string;
  withAssignee: string;
  withReply: string;
  nobody: string;
  wouldAct: string;
  or: string;
  invariantsTitle: string;
  invariantsIntro: string;
  held: string;
  notHeld: string;
  inChats: string;
  inOneChat: string;
  suchAs: string;
  engineItself: string;
  testFails: string;
  eventsShow: string;
  rulesTitle: string;
  matrixIntro: string;
  matrixOf: string;
  from: string;
  to: string;
  any: string;
  extents: Readonly<Record<Extent, string>>;
  cellCount: string;
  changesTitle: string;
  changesNote: string;
  oneRule: string;
  someRules: string;
  /** A mark for changes that Zoho Desk makes when it is asked to. */
  onRequest: string;
  off: string;
  shadow: string;
  byClock: string;
  neverActs: string;
  did: string;
  states: Readonly<Record<string, string>>;
  dayRead: string;
  daySpan: string;
  skippedLines: string;
  line: string;
  reason: string;
  rule: string;
  firings: string;
  actions: string;
  examples: string;
  chat: string;
  fired: string;
  step: string;
  repeat: string;
  noFirings: string;
  madeBy: string;
}

/** Which part of a rule's firing it was. */
export function nameFiring({ step, repeat }: Pick<Firing, 'step' | 'repeat'>, words: ReportWords): string {
  if (repeat !== undefined) return fill(words.repeat, { number: repeat });
  return step === 0 ? words.fired : fill(words.step, { number: step });
}

/** Fills `{name}`s in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
