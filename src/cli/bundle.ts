import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { readDashboardAssets } from '../runtime/dashboard-assets.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { runCheck } from './check.ts';
import type { CliIo } from './io.ts';

/** Where wrangler.toml looks for it; outside of git. */
const DEFAULT_OUT = '.wrangler/bundle/vigia.js';

export function registerBundle(program: Command, io: CliIo): void {
  program
    .command('bundle')
    .description(
      'Writes the module that a Worker carries in place of folders: the rules and what the pages load.\n' +
        'wrangler calls it before each build. Exits with 2, writing nothing, when the rules have errors.',
    )
    .argument('[dir]', 'folder with the *.rule.json files (default: RULES_DIR, or ./rules)')
    .option('--out <file>', 'the module to write', DEFAULT_OUT)
    .action(async (given: string | undefined, { out }: { out: string }) => {
      const dir = given ?? io.env['RULES_DIR'] ?? 'rules';
      io.exitCode = await runCheck(dir, {}, io);
      if (io.exitCode !== 0) return;
      const rules = [...(await readRulesDir(resolve(io.cwd, dir)))];
      const file = resolve(io.cwd, out);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, toModule({ RULES: rules, ASSETS: await readDashboardAssets() }));
      io.stdout.write(`bundled into ${out}\n`);
    });
}

/** JSON is JavaScript: each constant is written as it is. */
function toModule(constants: Record<string, unknown>): string {
  return Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');
}
