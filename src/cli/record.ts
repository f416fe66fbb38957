import { basename, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import { canonicalJson } from '../domain/json.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { ruleOfTestFile } from '../engine/load/sort-files.ts';
import { listAlerts } from '../store/read/alerts.ts';
import { loadSessionHistory } from '../store/read/session-history.ts';
import { findRulesetFiles } from '../store/rulesets.ts';
import { type Recorded, recordSession, toTestFile } from '../trial/record/record-session.ts';
import { createTestRunner } from '../trial/run-test.ts';
import { writeWhole } from './export/write-whole.ts';
import { openStoredHistory, type StoredHistory } from './history/open-stored-history.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { loadRules } from './load-rules.ts';
import { readConfig } from './read-config.ts';
import { createStyle } from './style.ts';

interface Options {
  rule?: string;
  name?: string;
  rules?: string;
  out?: string;
  force?: boolean;
  json?: boolean;
}

export function registerRecord(program: Command, io: CliIo): void {
  program
    .command('record')
    .description(
      'Writes a test file of what really happened to a chat: its events, made anonymous, the clicks on its cards, what the\n' +
        'rules decided, and how its cards stood. "vigia test" then tells when the rules come to decide otherwise.',
    )
    .argument('<session>', 'id of the chat')
    .option('--rule <id>', 'whose test it is (default: the rule that fired first)')
    .option('--name <text>', 'name of the test')
    .option('--rules <dir>', 'folder with the rules and their tests (default: RULES_DIR, or ./rules)')
    .option('--out <file>', 'the file (default: <rule>.recorded.test.json beside the rule)')
    .option('--force', 'replace the file if there is one')
    .option('--json', 'print what was recorded as JSON')
    .action(async (session: string, options: Options) => {
      io.exitCode = await runRecord(session, options, io);
    });
}

/**
 * @returns 2 when the rules cannot be loaded
 * @throws AppError for a chat that is not known or cannot be recorded
 */
async function runRecord(sessionId: string, options: Options, io: CliIo): Promise<ExitCode> {
  const loaded = await loadRules(options, 'nothing was recorded', io);
  if (loaded === undefined) return 2;
  const { dir, ruleset: now } = loaded;
  const recorded = await record(sessionId, options, now, io);
  const { test } = recorded;
  const named = { ...test, name: options.name ?? describe(recorded) };
  const path = resolve(io.cwd, options.out ?? join(dir, `${recorded.ruleId}.recorded.test.json`));
  expectFileOf(recorded.ruleId, path);
  const text = `${JSON.stringify(toTestFile(named), null, 2)}\n`;
  await writeWhole(path, once(text), { force: options.force === true });
  const differ = findDifferences(recorded, now);
  const { failure } = await createTestRunner(now).run(recorded.ruleId, named);
  const file = relative(io.cwd, path);
  const passes = failure === undefined;
  if (options.json === true) {
    const { ruleId, rules, leftOut, kept, timing, withCards } = recorded;
    const ids = rules.map(({ id }) => id);
    writeJson(io, { file, rule: ruleId, rules: ids, leftOut, kept, timing, cards: withCards, differ, passes });
  } else tell(recorded, { file, differ, passes }, io);
  return 0;
}

async function record(sessionId: string, { rule }: Options, now: Ruleset, io: CliIo): Promise<Recorded> {
  const stored = await openStoredHistory(readConfig(io, { warn: false }), '');
  try {
    const { db, orgId } = stored;
    const history = await loadSessionHistory(db.db, orgId, sessionId);
    if (history === undefined) {
      throw new AppError('not_found', `no event of a chat ${sessionId} has come`, {
        remedy: `Is it the id of a chat of ${stored.name}? The board and GET /api/v1/sessions list them.`,
      });
    }
    const { rows: cards } = await listAlerts(db.db, orgId, { sessionId }, MOST_CARDS);
    const rulesets = await loadRulesets(stored, new Set(history.decisions.map(({ rulesetHash }) => rulesetHash)));
    const channels = await stored.channels(now.directory);
    const available = new Set(now.rules.map(({ id }) => id));
    return await recordSession({ history, cards, rulesets, channels, available, ruleId: rule });
  } finally {
    await stored.close();
  }
}

const MOST_CARDS = 1_000;

async function loadRulesets({ db, orgId }: StoredHistory, hashes: ReadonlySet<string>) {
  const rulesets = new Map<string, Ruleset | undefined>();
  for (const hash of hashes) {
    const files = await findRulesetFiles(db.db, orgId, hash);
    const loaded = files === undefined ? undefined : loadRuleset(new Map(Object.entries(files)));
    rulesets.set(hash, loaded?.ok === true ? loaded.ruleset : undefined);
  }
  return rulesets;
}

/** `vigia test` finds a test by its file's name. */
function expectFileOf(ruleId: string, path: string): void {
  if (ruleOfTestFile(basename(path)) === ruleId) return;
  throw new AppError('bad_request', `${basename(path)} is no name for a test of ${ruleId}`, {
    remedy: `Name it ${ruleId}.<label>.test.json; the label is yours.`,
  });
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function describe({ rules }: Recorded): string {
  return `a chat that was: ${rules.map(({ id }) => id).join(', ')} decide as they did`.slice(0, 300);
}

/** What of the rules is not as it was when the chat was judged. */
function findDifferences({ rules, ruleset }: Recorded, now: Ruleset): string[] {
  const edited = rules
    .filter(({ id, contentHash }) => now.rules.every((rule) => rule.id !== id || rule.contentHash !== contentHash))
    .map(({ id }) => `${id}.rule.json`);
  const conditions = canonicalJson(toJson(ruleset.conditions)) !== canonicalJson(toJson(now.conditions));
  const calendars = ruleset.files['calendars.json'] !== now.files['calendars.json'];
  return [...edited, ...(conditions ? ['conditions.json'] : []), ...(calendars ? ['calendars.json'] : [])];
}

/** Guarantee: conditions were read from a JSON file. */
function toJson(conditions: Ruleset['conditions']) {
  return JSON.parse(JSON.stringify(conditions));
}

const TIMES: Readonly<Record<Recorded['timing'], string>> = {
  shifted: 'moved so that it begins on Monday 2026-03-02 at 10:00 in São Paulo',
  weekday: 'moved by whole weeks: weekday and hour are the real ones, since a rule goes by them',
  real: 'the real ones, since the rules decide otherwise at others',
};

function tell(
  { ruleId, rules, leftOut, kept, timing, withCards, test }: Recorded,
  { file, differ, passes }: { file: string; differ: readonly string[]; passes: boolean },
  io: CliIo,
): void {
  const style = createStyle(io, io.stdout);
  const say = (text: string) => io.stdout.write(`${text}\n`);
  const note = style('yellow', 'note:');
  say(`${style('green', 'ok')} ${file}: ${test.steps.length} steps, with ${rules.map(({ id }) => id).join(', ')}`);
  say(`  Its times are ${TIMES[timing]}.`);
  for (const { ruleId: id, reason } of leftOut) say(`${note} ${id} is not in it: ${reason}`);
  if (kept.length > 0) say(`${note} kept as they are, since a rule names them: ${kept.join(', ')}`);
  if (!withCards) say(`${note} how the cards stood is not in it: they do not come to stand so again in a test`);
  if (differ.length > 0) say(`${note} changed since the chat was judged: ${differ.join(', ')}`);
  if (passes) say(`  It passes with the rules as they are: vigia test ${ruleId}`);
  else say(`${note} it fails with the rules as they are now: vigia test ${ruleId} shows where they decide otherwise`);
}
