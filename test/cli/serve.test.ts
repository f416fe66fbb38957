import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalServer } from '../../src/sandbox/http/local-server.ts';
import { findFreePort } from '../support/server-process.ts';
import { callCli } from './support/call-cli.ts';
import { type RunningCli, startCli } from './support/spawn-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const RULE = JSON.stringify({
  name: 'A rule',
  on: ['IM_Session_Status'],
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ENDED' }] },
  actions: [{ type: 'record', params: { dataset: 'ended', fields: { id: '{{ session.id }}' } } }],
});

async function serve(files: Record<string, string>, env: Record<string, string>): Promise<RunningCli> {
  const running = startCli(['serve'], { cwd: await makeFolder(files), env });
  onTestFinished(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

describe('vigia serve', () => {
  it('serves until SIGTERM, and is told of by its data folder in between', async () => {
    const port = String(await findFreePort());
    const server = await serve(
      { 'rules/ended.rule.json': RULE, '.env': `PORT=${port}` },
      { WEBHOOK_VERIFY: 'off', ZOHO_ORG_ID: '1' },
    );
    await server.says(`Vigia listens on http://127.0.0.1:${port}`);
    const cwd = server.cwd;
    const sent = await startCli(['send', '--session', 's1', '--status', 'ENDED', '--json'], {
      cwd,
      env: { ZOHO_ORG_ID: '1' },
    }).ended;
    expect(JSON.parse(sent.stdout)).toMatchObject({ ok: true, answer: { stored: 1 } });
    const migrated = await startCli(['migrate'], { cwd }).ended;
    expect(migrated).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the server at http://127.0.0.1:${port} has`),
    });
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect(await startCli(['migrate'], { cwd }).ended).toMatchObject({ code: 0 });
  }, 90_000);

  it('does not start on faulty rules, and tells each with its place and remedy', async () => {
    const port = String(await findFreePort());
    const files = { 'rules/bad.rule.json': RULE.replace('"equal"', '"equals"'), 'rules/worse.rule.json': '{' };
    const { code, stdout, stderr } = await (await serve(files, { PORT: port })).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/bad\.rule\.json:1:\d+ .*equals/);
    expect(stderr).toMatch(/worse\.rule\.json:1:\d+ /);
    expect(stderr).toContain('vigia check');
  });

  it('does not start with a faulty environment, and tells all of it without a value', async () => {
    const env = { PORT: '99999', ADMIN_TOKEN: 'short-token', HOST: '0.0.0.0', WEBHOOK_VERIFY: 'off' };
    const { code, stdout, stderr } = await (await serve({}, env)).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    for (const name of ['PORT', 'ADMIN_TOKEN', 'WEBHOOK_VERIFY']) expect(stderr).toContain(`fault: ${name} `);
    expect(stderr).not.toContain('short-token');
  });

  it('does not start on a port that is taken', async () => {
    const other = createLocalServer(() => new Response('other'));
    await other.start();
    onTestFinished(() => other.stop());
    const server = await serve({ 'rules/ended.rule.json': RULE }, { PORT: new URL(other.url).port });
    const { code, stderr } = await server.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${new URL(other.url).port} is taken`);
  }, 90_000);
});

describe('vigia sandbox', () => {
  it('says what is where, plays, and stops by itself when asked to', async () => {
    const cwd = await makeFolder();
    const options = ['--port', '0', '--speed', '600', '--chats', '600', '--minutes', '0.1'];
    const { code, stdout, stderr } = await startCli(['sandbox', ...options], { cwd }).ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Board +http:\/\/127\.0\.0\.1:\d+\//);
    expect(stdout).toMatch(/Slack stand-in +http:\/\/127\.0\.0\.1:\d+\//);
    const [, chats, events] = /Stopping after (\d+) chats and (\d+) events/.exec(stdout) ?? [];
    expect(Number(chats)).toBeGreaterThan(2);
    expect(Number(events)).toBeGreaterThan(Number(chats));
  }, 90_000);

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--port', '70000'],
    ['--chats', '-1'],
  ])('%s %s is refused', async (option, value) => {
    const { code, stderr } = await callCli(['sandbox', option, value], { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stderr).toContain(`option '${option}`);
  });
});
