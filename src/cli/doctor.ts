import type { Command } from 'commander';
import { parseConfig } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import type { CheckedInvariant } from '../store/read/invariants/check-invariants.ts';
import { diagnoseDatabase } from './doctor/diagnose-database.ts';
import { diagnoseInvariants } from './doctor/diagnose-invariants.ts';
import { count, diagnoseRules } from './doctor/diagnose-rules.ts';
import { diagnoseServer } from './doctor/diagnose-server.ts';
import { diagnoseSlack } from './doctor/diagnose-slack.ts';
import { diagnoseAddress, diagnoseKeys } from './doctor/diagnose-webhook.ts';
import { diagnoseZoho } from './doctor/diagnose-zoho.ts';
import { AREAS, createReport, type Finding } from './doctor/finding.ts';
import { type CliIo, writeJson } from './io.ts';
import { inFolder } from './read-config.ts';
import { type Colour, createStyle } from './style.ts';

/** Everything asked of other systems has to be answered by then. */
const PATIENCE_MS = 60_000;

interface Options {
  deep?: boolean;
  json?: boolean;
  sendTest?: boolean | string;
}

export function registerDoctor(program: Command, io: CliIo): void {
  program
    .command('doctor')
    .description(
      'Tells what is and is not configured and reachable, and what to do about it. It only looks,\n' +
        'except with --send-test. ' +
        'Exits with 2 when something fails; warnings are for reading.',
    )
    .option('--send-test [channel]', 'post a test message to each Slack channel that a rule names, or to this one')
    .option('--deep', 'also look whether the stored data is consistent: reads all of it, so best at a quiet hour')
    .option('--json', 'print the result as JSON')
    .action(async ({ json, deep = false, sendTest = false }: Options) => {
      const { findings, invariants } = await diagnose(io, { deep, sendTest });
      const ok = findings.every(({ status }) => status !== 'fail');
      if (!ok) io.exitCode = 2;
      if (json) writeJson(io, { ok, findings, ...(deep ? { invariants } : {}) });
      else print(io, findings);
    });
}

interface Diagnosis {
  findings: Finding[];
  /** Of the stored data, each as it stands; none unless asked for. */
  invariants: readonly CheckedInvariant[];
}

async function diagnose(
  io: CliIo,
  { deep, sendTest }: { deep: boolean; sendTest: boolean | string },
): Promise<Diagnosis> {
  const { about, findings } = createReport();
  const parsed = parseConfig(io.env);
  const environment = about('environment');
  for (const { message, remedy } of parsed.warnings) environment.warn(message, remedy);
  if (!parsed.ok) {
    for (const { message, remedy } of parsed.faults) environment.fail(message, remedy);
    return { findings: findings(), invariants: [] };
  }
  if (parsed.warnings.length === 0) environment.ok('every variable that is set makes sense');

  const config = inFolder(parsed.config, io.cwd);
  const clock = systemClock;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const [ruleset, database] = await Promise.all([
    diagnoseRules(config.rulesDir, about('rules')),
    diagnoseDatabase(config.database, about('database')),
    diagnoseServer(config, about('server')),
    diagnoseAddress(config, about('webhook')),
    diagnoseKeys(config, clock, about('webhook')),
  ]);
  let invariants: readonly CheckedInvariant[] = [];
  try {
    await Promise.all([
      diagnoseZoho({ config, clock, database }, ruleset, about('zoho-desk'), signal),
      diagnoseSlack({ config, clock, ruleset, sendTest }, about('slack'), signal),
    ]);
    if (deep) invariants = await diagnoseInvariants({ config, clock, database }, about('invariants'));
  } finally {
    await database?.close();
  }
  return { findings: findings(), invariants };
}

const COLOURS: Record<Finding['status'], Colour> = { ok: 'green', warn: 'yellow', fail: 'red' };

function print(io: CliIo, findings: readonly Finding[]): void {
  const style = createStyle(io, io.stdout);
  for (const area of AREAS) {
    const own = findings.filter((finding) => finding.area === area);
    if (own.length > 0) io.stdout.write(`${style('bold', area)}\n`);
    for (const { status, message, remedy } of own) {
      io.stdout.write(`  ${style(COLOURS[status], status.padEnd(4))}  ${message}\n`);
      if (remedy) io.stdout.write(`        ${style('dim', remedy)}\n`);
    }
  }
  const many = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const [failed, warnings] = [many('fail'), many('warn')];
  const summary = failed === 0 ? 'Nothing fails' : `${failed} failed`;
  io.stdout.write(`\n${style('bold', summary)}${warnings === 0 ? '.' : `, ${count(warnings, 'warning')}.`}\n`);
  if (findings.every(({ area }) => area === 'environment')) {
    io.stdout.write('The rest was not looked at: mend the environment first.\n');
  }
}
