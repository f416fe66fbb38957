import { parseArgs } from 'node:util';
import { formatAuthoring, MAX_CHECK_MS, MAX_TESTS_MS, measureAuthoring } from './authoring/measure.ts';
import { formatBacktest, MAX_EVENT_US, measureBacktest } from './backtest/measure.ts';
import { formatProcesses, measureProcesses } from './http/processes.ts';
import { formatStart, measureStart } from './http/start.ts';
import { formatThroughput, measureThroughput } from './http/throughput.ts';
import { formatRules, MAX_RATIO, measureRules } from './rules/measure.ts';
import { formatBatching, measureBatching } from './store/batching.ts';
import { type FactsSize, formatFacts, MAX_FACT_MS, measureFacts } from './store/facts.ts';
import { formatHolds, measureHolds } from './store/holds.ts';
import { formatStorm, measureStorm } from './storm/measure.ts';
import { formatVirtual, measureVirtual } from './virtual/measure.ts';

/**
 * `npm run bench`: what judging and taking events costs on this machine, each part beside something else in the same
 * run. Ends with 2 when the rules, the facts, a storm, a backtest or what people wait for miss their bound. Figures of another
 * machine are in docs/performance.md.
 */
interface Part {
  what: string;
  /** Seconds of measuring by default. */
  seconds: number;
  /** @returns figures for machines and text for people; `missed` when a promise was not held */
  run(seconds: number, quick: boolean): Promise<{ figures: unknown; text: string; missed?: boolean }>;
}

const HOLDS = [10_000, 100_000, 1_000_000];
const DESK: FactsSize = { sessions: 100_000, open: 3_000 };
const SMALL_DESK: FactsSize = { sessions: 2_000, open: 100 };
const VIRTUAL_HOLDS = 1_000_000;
const QUICK_HOLDS = 4_000;
const BACKTEST_CHATS = 40_000;
const QUICK_CHATS = 300;
/** How soon after a storm Slack has to show every chat. */
const STORM_MS = 60_000;
const QUICK_SECONDS = 3;

const PARTS: Record<string, Part> = {
  rules: {
    what: 'one event with 10 to 10,000 rules, beside other engines',
    seconds: 20,
    async run(seconds) {
      const figures = await measureRules(seconds);
      return { figures, text: formatRules(figures), missed: figures.ratio > MAX_RATIO };
    },
  },
  http: {
    what: 'events over HTTP until they are judged, beside a bare handler',
    seconds: 20,
    async run(seconds, quick) {
      const figures = await measureThroughput(seconds, quick);
      return { figures, text: formatThroughput(figures) };
    },
  },
  batching: {
    what: 'how long to wait for company',
    seconds: 40,
    async run(seconds) {
      const figures = await measureBatching(seconds);
      return { figures, text: formatBatching(figures) };
    },
  },
  holds: {
    what: 'running holds, up to a million of them',
    seconds: 40,
    async run(seconds, quick) {
      const figures = await measureHolds(seconds, quick ? HOLDS.slice(0, 1) : HOLDS);
      return { figures, text: formatHolds(figures) };
    },
  },
  facts: {
    what: 'computed facts on a desk with 5,000,000 transitions',
    seconds: 20,
    async run(_seconds, quick) {
      const figures = await measureFacts(quick ? SMALL_DESK : DESK);
      return { figures, text: formatFacts(figures), missed: figures.rows.some(({ p50 }) => p50 > MAX_FACT_MS) };
    },
  },
  storm: {
    what: 'ten thousand chats over their limit in a minute, in one Slack channel',
    seconds: 60,
    async run(seconds, quick) {
      const figures = await measureStorm(seconds, quick);
      const missed = figures.rows.some(({ what, rightAfterMs }) => what !== 'neither' && rightAfterMs > STORM_MS);
      return { figures, text: formatStorm(figures), missed };
    },
  },
  virtual: {
    what: 'a million holds of twenty rules in virtual time',
    seconds: 0,
    async run(_seconds, quick) {
      const figures = await measureVirtual(quick ? QUICK_HOLDS : VIRTUAL_HOLDS);
      return { figures, text: formatVirtual(figures) };
    },
  },
  backtest: {
    what: 'half a million events judged in memory, beside json-rules-engine',
    seconds: 0,
    async run(_seconds, quick) {
      const figures = await measureBacktest(quick ? QUICK_CHATS : BACKTEST_CHATS);
      const slow = figures.rows.some(({ what, perEventUs }) => what.startsWith('vigia') && perEventUs > MAX_EVENT_US);
      // A short run measures a program that is still warming up.
      return { figures, text: formatBacktest(figures), missed: !quick && slow };
    },
  },
  authoring: {
    what: 'a thousand rules checked, two hundred timelines of tests run',
    seconds: 0,
    async run(_seconds, quick) {
      const figures = await measureAuthoring(quick ? 100 : 1_000, quick ? 20 : 200);
      const { checkMs, testsMs, failed } = figures;
      return {
        figures,
        text: formatAuthoring(figures),
        missed: checkMs > MAX_CHECK_MS || testsMs > MAX_TESTS_MS || failed > 0,
      };
    },
  },
  start: {
    what: 'start and memory',
    seconds: 20,
    async run(_seconds, quick) {
      const figures = await measureStart(quick ? 1 : 5);
      return { figures, text: formatStart(figures) };
    },
  },
  processes: {
    what: 'two processes on one database',
    seconds: 15,
    async run(seconds) {
      const figures = await measureProcesses(seconds);
      return { figures, text: formatProcesses(figures) };
    },
  },
};

const USAGE = [
  'usage: npm run bench -- [--only <part>,…] [--seconds <each>] [--quick] [--json]\n\nparts:',
  ...Object.entries(PARTS).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`),
].join('\n');

interface Options {
  names: string[];
  seconds: number | undefined;
  quick: boolean;
  json: boolean;
}

/** Undefined when they cannot be read: then the usage is shown. */
function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const names = values.only === undefined ? Object.keys(PARTS) : values.only.split(',');
    const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
    if (names.some((name) => !Object.hasOwn(PARTS, name)) || (seconds !== undefined && !(seconds > 0)))
      return undefined;
    return { names, seconds, quick: values.quick, json: values.json };
  } catch {
    return undefined;
  }
}

const options = readOptions();
if (options === undefined) {
  console.error(USAGE);
  process.exit(1);
}

const all: Record<string, unknown> = {};
for (const name of options.names) {
  const part = PARTS[name];
  if (part === undefined) continue;
  console.error(`measuring: ${part.what}`);
  const { figures, text, missed } = await part.run(
    options.seconds ?? (options.quick ? QUICK_SECONDS : part.seconds),
    options.quick,
  );
  all[name] = figures;
  if (!options.json) console.log(`\n${text}\n`);
  if (missed === true) process.exitCode = 2;
}
if (options.json) console.log(JSON.stringify(all, null, 2));
