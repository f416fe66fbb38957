import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { invariantSchema } from '../src/http/api/invariants.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const answerSchema = z.object({ invariants: z.array(invariantSchema) });

/** Runs `vigia doctor --deep` as a person would, and takes what it says of the invariants. */
export async function askDoctor(
  env: Record<string, string>,
  serverUrl: string,
): Promise<{ checked: number; violated: string[] }> {
  const child = spawn(process.execPath, [MAIN, 'doctor', '--deep', '--json'], {
    env: { PATH: process.env['PATH'], ...env, PORT: new URL(serverUrl).port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) stdout += chunk;
  const { invariants } = answerSchema.parse(JSON.parse(stdout));
  const violated = invariants.filter(({ violations }) => violations > 0);
  return {
    checked: invariants.length,
    violated: violated.map(({ name, violations, examples }) => `${name} (${violations}: ${examples.join(', ')})`),
  };
}
