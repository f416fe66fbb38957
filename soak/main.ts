import { parseArgs } from 'node:util';
import { formatProgress, formatReport } from './format-report.ts';
import { runSoak } from './run-soak.ts';

/**
 * `npm run soak`: the service under traffic with faults for as long as one likes, with verdicts at the end. Ends with 2
 * when one of them fails. Figures of another machine are in docs/performance.md.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    rate: { type: 'string', default: '30' },
    database: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: 'soak' },
    json: { type: 'boolean', default: false },
  },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
const { database, seed, json } = values;
if (!(minutes > 0) || !(rate > 0) || (database !== 'postgres' && database !== 'pglite')) {
  console.error(
    'usage: npm run soak -- [--minutes 20] [--rate <events a second>] [--database postgres|pglite] [--seed <text>] [--json]',
  );
  process.exit(1);
}

// Ctrl-C ends the traffic; what has come is worked off and judged.
const ending = new AbortController();
process.once('SIGINT', () => ending.abort());

const isTerminal = process.stderr.isTTY;
const report = await runSoak({
  minutes,
  rate,
  database,
  seed,
  signal: ending.signal,
  onSample(sample, itemsPerSecond) {
    const line = formatProgress(sample, itemsPerSecond);
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  },
});
if (isTerminal) process.stderr.write('\r\x1b[K');
console.log(json ? JSON.stringify(report, null, 2) : formatReport(report));
if (report.verdicts.some(({ ok }) => !ok)) {
  if (report.log !== '') console.error(`\nthe end of the service's log:\n${report.log}`);
  process.exitCode = 2;
}
