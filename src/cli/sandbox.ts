import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { configureLogging } from '../runtime/logging.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../runtime/sandbox.ts';
import { explainRuleFaults } from './explain-rule-faults.ts';
import type { CliIo } from './io.ts';
import { createNarrator } from './sandbox-narrator.ts';
import { untilStopped } from './until-stopped.ts';

/** The rules that come with Vigia: they know the sandbox's channels and agents. */
const SHIPPED_RULES = fileURLToPath(new URL('../../rules', import.meta.url));

interface Flags {
  port: number;
  speed: number;
  seed: string;
  chats: number;
  rules?: string;
  minutes?: number;
  databaseUrl?: string;
}

export function registerSandbox(program: Command, io: CliIo): void {
  program
    .command('sandbox')
    .description(
      'Starts the real service between a stand-in Zoho Desk and a stand-in Slack, with live traffic.\n' +
        'Nothing leaves this machine, and nothing is kept.',
    )
    .option('--port <number>', 'port of the service; the stand-ins take the two that follow', toWhole(0, 65_533), 8787)
    .option('--speed <factor>', 'how much faster than the clock time runs', toNumber(0.1, 600), 60)
    .option('--seed <text>', 'the same seed gives the same traffic', 'vigia')
    .option('--chats <number>', 'new chats in an hour of sandbox time', toNumber(1, 100_000), 40)
    .option('--rules <dir>', 'folder of rules (default: those that come with Vigia)')
    .option('--minutes <number>', 'stop by itself after so many minutes', toNumber(0.01, 100_000))
    .option('--database-url <url>', 'PostgreSQL instead of the embedded database')
    .action(async (flags: Flags) => {
      await configureLogging('error', { pretty: io.stderr.isTTY === true });
      io.stdout.write('Starting a stand-in Zoho Desk, a stand-in Slack and Vigia between them …\n');
      let sandbox: Sandbox | undefined;
      const observer = createNarrator(io, () => sandbox?.now() ?? Date.now());
      sandbox = await explainRuleFaults(io, () => startSandbox({ ...toOptions(flags, io), observer }));
      io.stdout.write(describe(sandbox, flags));
      await Promise.race([untilStopped(), ...(flags.minutes === undefined ? [] : [minutes(flags.minutes)])]);
      const { counts } = sandbox.traffic;
      io.stdout.write(`\nStopping after ${counts.chats} chats and ${counts.events} events.\n`);
      await sandbox.stop();
    });
}

function toOptions({ port, speed, seed, chats, rules, databaseUrl }: Flags, io: CliIo): SandboxOptions {
  return {
    port,
    speed,
    seed,
    chatsPerHour: chats,
    rulesDir: rules ?? SHIPPED_RULES,
    databaseUrl,
    adminToken: io.env['ADMIN_TOKEN'],
  };
}

function describe({ url, slack, zoho }: Sandbox, { speed, seed }: Flags): string {
  const minute =
    speed === 1 ? 'real time' : `${speed} times as fast: 15 minutes pass in ${Math.round((900 / speed) * 10) / 10} s`;
  return [
    '',
    `  Board            ${url}/`,
    `  Slack stand-in   ${slack.url}/`,
    `  Zoho stand-in    ${zoho.url}`,
    `  API              ${url}/api/v1/sessions   (described by ${url}/openapi.json)`,
    `  Time             ${minute}`,
    `  Traffic          seed "${seed}"; repeat it with --seed ${seed}`,
    '',
    `  Send an event:   npx vigia send --session demo-1 --status ON_HOLD --old OPEN --url ${url}`,
    '  Stop:            Ctrl+C',
    '',
    '',
  ].join('\n');
}

function minutes(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 60_000));
}

function toNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
    }
    return value;
  };
}

function toWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = toNumber(min, max)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}
