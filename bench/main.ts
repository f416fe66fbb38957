import { parseArgs } from 'node:util';
import { formatIngest, measureIngest } from './ingest.ts';
import { formatRules, MAX_RATIO, measureRules } from './rules/measure.ts';

/**
 * `npm run bench`: what judging and taking events costs on this machine. Ends with 2 when the rules miss their bound.
 * Figures of another machine are in docs/performance.md.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const { only } = values;
if (!(seconds > 0) || (only !== undefined && only !== 'rules' && only !== 'ingest')) {
  console.error('usage: npm run bench -- [--only rules|ingest] [--seconds <each part>] [--json]');
  process.exit(1);
}

const rules = only === 'ingest' ? undefined : await measureRules(seconds);
if (rules !== undefined && !values.json) console.log(`${formatRules(rules)}\n`);
const ingest = only === 'rules' ? undefined : await measureIngest(seconds);
if (ingest !== undefined && !values.json) console.log(formatIngest(ingest));
if (values.json) console.log(JSON.stringify({ rules, ingest }, null, 2));
if (rules !== undefined && rules.ratio > MAX_RATIO) process.exitCode = 2;
