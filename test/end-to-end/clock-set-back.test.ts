import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import { type Service, startService } from '../../src/runtime/service.ts';
import { createPostgresDatabase, databases } from '../support/databases.ts';
import { ADMIN_TOKEN, postWebhook, type Surroundings, startSurroundings } from '../support/surroundings.ts';
import { pause, until } from '../support/wait.ts';

/**
 * The clock of the machine is set back by an hour while the service runs, and set right again later. Zoho and Slack have
 * their own clocks. Nothing is lost, nothing fires twice, nobody waits for that hour but the holds of silent chats.
 */
const HOUR = 3_600_000;
const RULES = {
  'held.rule.json': {
    name: 'Held for two seconds',
    for: '2s',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [{ type: 'slack.post', params: { channel: '#chat-ops', text: 'held {{ session.id }}' } }],
  },
  'changed.rule.json': {
    name: 'Each change',
    on: ['IM_Session_Status'],
    conditions: { all: [] },
    actions: [
      { type: 'slack.post', params: { channel: '#supervisors', text: '{{ session.id }} {{ session.status }}' } },
    ],
  },
};

interface Machine {
  clock: Clock;
  /** Sets its clock to so many ms behind the true time. */
  setBack(ms: number): void;
}

function createMachine(): Machine {
  let behind = 0;
  return {
    clock: { now: () => Date.now() - behind, sleep: systemClock.sleep },
    setBack: (ms) => {
      behind = ms;
    },
  };
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(kind: 'pglite' | 'postgres', { env }: Surroundings, clock: Clock): Promise<Service> {
  const database = kind === 'postgres' ? await createPostgresDatabase() : undefined;
  if (database !== undefined) closers.push(database.drop);
  const where = database === undefined ? { DATA_DIR: `${env['RULES_DIR']}/data` } : { DATABASE_URL: database.url };
  const config = parseConfig({ ...env, ...where, PORT: '0' });
  if (!config.ok) throw new Error(config.faults.map(({ message }) => message).join());
  const service = await startService({ config: config.config, clock, watchRules: false });
  closers.push(service.stop);
  return service;
}

describe.each(databases)('a clock that is set back by an hour, on $kind', ({ kind }) => {
  test('loses nothing, fires nothing twice, and lets nobody wait that hour but the holds of silent chats', async () => {
    const around = await startSurroundings(RULES);
    closers.push(around.stop);
    const { zoho, slack } = around;
    const machine = createMachine();
    const { url } = await start(kind, around, machine.clock);
    const status = (sessionId: string, sessionStatus: string, at = Date.now()) => ({
      orgId: zoho.world.orgId,
      eventType: 'IM_Session_Status',
      eventTime: String(at),
      payload: { sessionId, sessionStatus, assigneeType: 'AGENT', currentAssigneeId: '1' },
    });
    const take = async (...items: object[]) => expect(await postWebhook(url, zoho, items)).toBe(true);
    const posts = (channel: string) => slack.messages(channel).map(({ text }) => text);
    const posted = (channel: string, text: string) =>
      until(text, async () => posts(channel).includes(text) || undefined, 40_000);
    const list = async (path: string): Promise<Record<string, unknown>[]> => {
      const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      return ((await response.json()) as { data: Record<string, unknown>[] }).data;
    };

    await take(status('moving', 'ON_HOLD'), status('silent', 'ON_HOLD'));
    await until('the holds run', async () => (await list('/holds')).length === 2 || undefined);
    machine.setBack(HOUR);

    // What comes now is of the future to us, and is taken as it says.
    await pause(2_500);
    await take(status('moving', 'ENDED'), status('new', 'OPEN'));
    await take(status('new', 'ON_PROGRESS'));
    await posted('#supervisors', 'new ON_PROGRESS');
    // The event shows that two seconds had passed before it.
    await posted('#chat-ops', 'held moving');
    expect(posts('#chat-ops')).toEqual(['held moving']);
    const sessions = await list('/sessions');
    expect(Object.fromEntries(sessions.map(({ id, status }) => [id, status]))).toEqual({
      moving: 'ENDED',
      silent: 'ON_HOLD',
      new: 'ON_PROGRESS',
    });

    machine.setBack(0);
    await posted('#chat-ops', 'held silent');
    await take(status('silent', 'ENDED'));
    const changes = ['moving ON_HOLD', 'silent ON_HOLD', 'moving ENDED', 'new OPEN', 'new ON_PROGRESS', 'silent ENDED'];
    for (const change of changes) await posted('#supervisors', change);
    expect([...posts('#supervisors')].sort()).toEqual([...changes].sort());
    expect(posts('#chat-ops')).toEqual(['held moving', 'held silent']);
    const fired = (await list('/decisions?outcome=fired')).filter(({ ruleId }) => ruleId === 'held');
    expect(fired.map(({ sessionId }) => sessionId).sort()).toEqual(['moving', 'silent']);
  }, 180_000);
});
