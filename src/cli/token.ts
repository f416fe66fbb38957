import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type CliIo, writeJson } from './io.ts';

/** 256 bits: nobody guesses it, whatever the rate. */
const TOKEN_BYTES = 32;

export function registerToken(program: Command, io: CliIo): void {
  program
    .command('token')
    .description(
      'Prints a fresh random token, the bearer token of the API and the password of the board.\n' +
        'It is not stored anywhere: put it into the environment of the server as ADMIN_TOKEN.',
    )
    .option('--json', 'print the result as JSON')
    .action(({ json }: { json?: boolean }) => {
      const token = randomBytes(TOKEN_BYTES).toString('hex');
      if (json) return writeJson(io, { token });
      io.stdout.write(`${token}\n`);
      if (io.stdout.isTTY) io.stderr.write(`Put it into .env as ADMIN_TOKEN and start the server again.\n`);
    });
}
