import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/runtime/sandbox.ts';
import { callCli } from '../cli/support/call-cli.ts';
import { makeFolder } from '../cli/support/temporary-folder.ts';
import { until } from '../support/wait.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What each command of the page has to say, by its name. */
const SAYS: Readonly<Record<string, RegExp>> = {
  new: /written: drafts\/on-hold-ten\.rule\.json, drafts\/on-hold-ten\.test\.json/,
  describe: /on-hold-ten\n {2}(When a chat|Quando uma conversa)/,
  check: /✔/,
  test: /100% in all[\s\S]*✔ (\d+) of \1 changes/,
  simulate: /chats, \d+ timelines/,
  tune: /10m\*/,
  backtest: /on-hold-ten[\s\S]*Slack messages/,
  explain: /It fired/,
};

async function readCommands(): Promise<string[]> {
  const page = await readFile(join(ROOT, 'docs/idea-to-live.md'), 'utf8');
  return [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
}

/** As a shell takes them, as far as the page goes: words, and texts in quotes. */
function toWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

async function startDemo(rulesDir: string): Promise<Sandbox> {
  const traffic = { speed: 240, seed: 'idea', chatsPerHour: 60 };
  const demo = await startSandbox({ port: 0, ...traffic, rulesDir, databaseUrl: undefined });
  onTestFinished(() => demo.stop());
  return demo;
}

/** `cp a b folder`, or `cp -r folder copy`. */
async function copy(words: readonly string[], cwd: string): Promise<void> {
  const isFolder = words[0] === '-r';
  const names = words.slice(isFolder ? 1 : 0).map((name) => join(cwd, name));
  const target = names.at(-1) ?? cwd;
  for (const from of names.slice(0, -1)) {
    await cp(from, isFolder ? target : join(target, basename(from)), { recursive: isFolder });
  }
}

describe('docs/idea-to-live.md', () => {
  it('leads from an idea to a rule that is live and explained, command by command', async () => {
    const cwd = await makeFolder();
    await cp(join(ROOT, 'rules'), join(cwd, 'rules'), { recursive: true });
    let demo: Sandbox | undefined;
    const rows = async (path: string): Promise<Record<string, unknown>[]> => {
      const answer = await fetch(`${demo?.url}/api/v1${path}`, { headers: { connection: 'close' } });
      return ((await answer.json()) as { data: Record<string, unknown>[] }).data;
    };
    const findChat = async () => {
      const fired = await until('the new rule has fired', async () => {
        return (await rows('/decisions?ruleId=on-hold-ten&outcome=fired&limit=1'))[0];
      });
      return String(fired['sessionId']);
    };

    const commands = await readCommands();
    expect(commands.length).toBeGreaterThan(8);
    for (const line of commands) {
      // What comes before needs no server, and would only starve one of this process.
      if (line.includes('--url')) demo ??= await startDemo(join(cwd, 'my-rules'));
      const [program, ...words] = toWords(line.replace('http://127.0.0.1:8787', demo?.url ?? ''));
      if (program === 'cp') {
        await copy(words, cwd);
        continue;
      }
      const [vigia, name = ''] = words;
      expect([program, vigia]).toEqual(['npx', 'vigia']);
      if (name === 'tune') {
        await until('chats have ended', async () => (await rows('/records/ended_chats'))[5]);
      }
      const args = await Promise.all(words.slice(1).map((word) => (word === '<chat>' ? findChat() : word)));
      const { code, stdout } = await callCli(args, { cwd });
      expect({ line, code }).toEqual({ line, code: 0 });
      expect(stdout, line).toMatch(SAYS[name] ?? /^$/);
    }
  }, 180_000);
});
