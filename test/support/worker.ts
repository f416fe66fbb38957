import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';

/** The Worker as it is deployed: built by wrangler from wrangler.toml, run by workerd, without any network. */
const TOP = fileURLToPath(new URL('../..', import.meta.url));
const WRANGLER = join(TOP, 'node_modules', '.bin', 'wrangler');

const OFFLINE = {
  CI: 'true',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // A developer's .env is not for tests.
  CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
};

/**
 * `wrangler deploy --dry-run`: into `outDir`, with the rules of `rulesDir`. Builds share the module that wrangler.toml
 * names, so one comes after the other.
 * @returns how it ended, and what was said
 */
export async function buildWorker(outDir: string, rulesDir = 'rules'): Promise<{ code: number | null; said: string }> {
  const child = spawn(WRANGLER, ['deploy', '--dry-run', '--outdir', outDir], {
    cwd: TOP,
    env: { ...process.env, ...OFFLINE, RULES_DIR: rulesDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, said: said.join('') };
}

export interface RunningWorker {
  url: string;
  /** Lets the cron strike. */
  strike(): Promise<void>;
  /** Lines of its log so far. */
  log(): string[];
  stop(): Promise<void>;
}

/** Runs what `buildWorker` wrote, on a database and with variables and secrets of its own. */
export async function startWorker(options: {
  builtIn: string;
  databaseUrl: string;
  vars: Record<string, string>;
  secrets: Record<string, string>;
}): Promise<RunningWorker> {
  const database = new URL(options.databaseUrl);
  // Hyperdrive insists on a password, also where the server asks for none.
  if (database.password === '') database.password = 'none';
  Object.assign(process.env, OFFLINE);
  process.env['CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE'] = database.href;
  const { vars, secrets } = options;
  const harness = createTestHarness({
    root: TOP,
    workers: [{ configPath: 'wrangler.toml', prebuiltWorkerDir: options.builtIn, vars, secrets }],
  });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    async strike() {
      const { outcome } = await harness.getWorker().scheduled({ cron: '* * * * *' });
      if (outcome !== 'ok') throw new Error(`the cron ended with ${outcome}: ${harness.getLogs().at(-1)?.message}`);
    },
    log: () => harness.getLogs().map(({ message }) => message),
    stop: () => harness.close(),
  };
}
