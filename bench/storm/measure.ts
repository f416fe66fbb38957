import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresDatabase } from '../../test/support/databases.ts';
import { type ServerProcess, startServer } from '../../test/support/server-process.ts';
import { postWebhook, type Surroundings, startSurroundings } from '../../test/support/surroundings.ts';
import { readMemory } from '../process-cpu.ts';
import { formatNumber, formatTable } from '../statistics.ts';

/**
 * A storm: very many chats go over their limit within a minute, and a Slack that enforces its limits is told of them by
 * the whole service on PostgreSQL. Once with `groupAlerts`, once by the budget of the channel alone, and, much smaller, once
 * as if there were neither.
 */
export interface StormFigures {
  rows: StormRow[];
}

export interface StormRow {
  what: 'groupAlerts' | 'budget' | 'neither';
  chats: number;
  /** In how many seconds they went over their limit. */
  withinSeconds: number;
  /** From the last firing until Slack shows every chat that has fired, ms. */
  rightAfterMs: number;
  posts: number;
  edits: number;
  /** Calls that Slack has turned down to slow us down. */
  tooFast: number;
  peakMb: number;
}

const PER_SECOND = 10_000 / 60;
const REQUESTS_PER_SECOND = 5;
/** Without grouping Slack takes a chat a second: more of them would show nothing new. */
const UNGROUPED_SECONDS = 0.2;
const FEW = 4;
const HOLD_MS = 2_000;
const POLL_MS = 50;
const PATIENCE_MS = 300_000;
const CHANNEL = '#chat-ops';

const CARD = {
  type: 'slack.alert',
  params: { channel: CHANNEL, text: 'Chat {{ session.id }} waits.', severity: 'critical' },
};
const HOLD = {
  name: 'Waits too long',
  for: `${HOLD_MS / 1_000}s`,
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  actions: [CARD],
};
const GROUPED = { ...HOLD, groupAlerts: { wait: '5s', interval: '10s' } };

/**
 * @param seconds how long the storm lasts: 167 chats in each
 * @param quick with few cards of their own, each of which takes a second
 */
export async function measureStorm(seconds: number, quick: boolean): Promise<StormFigures> {
  const chats = Math.round(PER_SECOND * seconds);
  const budget = quick ? FEW : 20;
  const few = quick ? FEW : Math.round(PER_SECOND * UNGROUPED_SECONDS);
  return {
    rows: [
      await measureOne({ what: 'groupAlerts', chats, withinSeconds: seconds, budget }),
      await measureOne({ what: 'budget', chats, withinSeconds: seconds, budget }),
      await measureOne({ what: 'neither', chats: few, withinSeconds: UNGROUPED_SECONDS, budget: 1_000 }),
    ],
  };
}

interface Storm extends Pick<StormRow, 'what' | 'chats' | 'withinSeconds'> {
  budget: number;
}

async function measureOne(storm: Storm): Promise<StormRow> {
  const database = await createPostgresDatabase();
  const around = await startSurroundings({ 'waits.rule.json': storm.what === 'groupAlerts' ? GROUPED : HOLD });
  let server: ServerProcess | undefined;
  try {
    const { budget, ...told } = storm;
    const env = { ...around.env, SLACK_CARD_BUDGET: String(budget), DATABASE_URL: database.url, LOG_LEVEL: 'error' };
    server = await startServer(env);
    await send(server, around, storm);
    const lastFiringAt = Date.now() + HOLD_MS;
    const rightAt = await untilRight(around, storm.chats);
    const { posts, edits } = readChannel(around);
    return {
      ...told,
      rightAfterMs: Math.max(0, rightAt - lastFiringAt),
      posts,
      edits,
      tooFast: around.slack.calls.filter(({ status }) => status === 429).length,
      peakMb: (await readMemory(server.pid)).peakMb,
    };
  } finally {
    await server?.kill('SIGTERM');
    await around.stop();
    await database.drop();
  }
}

/** The chats go on hold, evenly spread. */
async function send(server: ServerProcess, { zoho }: Surroundings, { chats, withinSeconds }: Storm): Promise<void> {
  const requests = Math.max(1, Math.round(REQUESTS_PER_SECOND * withinSeconds));
  const startedAt = Date.now();
  for (let request = 0; request < requests; request += 1) {
    const [from, to] = [request, request + 1].map((part) => Math.round((part * chats) / requests));
    const items = Array.from({ length: (to ?? 0) - (from ?? 0) }, (_, index) =>
      onHold(zoho.world.orgId, (from ?? 0) + index),
    );
    if (!(await postWebhook(server.url, zoho, items))) throw new Error(`the server refused events: ${server.log()}`);
    await sleep(Math.max(0, startedAt + ((request + 1) * withinSeconds * 1_000) / requests - Date.now()));
  }
}

function onHold(orgId: string, chat: number): object {
  const payload = {
    sessionId: `storm-${chat}`,
    sessionOldStatus: 'ON_PROGRESS',
    sessionStatus: 'ON_HOLD',
    channelId: '70000',
    currentAssigneeId: 'a1',
    assigneeType: 'AGENT',
  };
  return { eventType: 'IM_Session_Status', orgId, eventTime: String(Date.now()), payload };
}

/** Until the messages of the channel, taken together, tell of every chat. @returns when that was, epoch ms */
async function untilRight(around: Surroundings, chats: number): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  while (readChannel(around).told < chats) {
    if (Date.now() > deadline) throw new Error(`Slack shows ${readChannel(around).told} of ${chats} chats`);
    await sleep(POLL_MS);
  }
  const at = Date.now();
  // Whatever is said after it was right is counted too: a card that goes on changing is no good.
  await sleep(POLL_MS);
  if (readChannel(around).told !== chats) throw new Error('Slack shows more chats than there are');
  return at;
}

/** What the channel holds: messages, edits, and how many chats it tells of. */
function readChannel({ slack }: Surroundings): { posts: number; edits: number; told: number } {
  const messages = slack.messages(CHANNEL);
  return {
    posts: messages.length,
    edits: messages.reduce((sum, { history }) => sum + history.length, 0),
    told: messages.reduce(
      (sum, { text }) => sum + Number(/\*([\d,]+) chats\*/.exec(text)?.[1]?.replaceAll(',', '') ?? 1),
      0,
    ),
  };
}

export function formatStorm({ rows }: StormFigures): string {
  const whole = rows[0]?.chats ?? 0;
  const few = rows.find(({ what }) => what === 'neither');
  const table = formatTable([
    ['a storm with', 'chats', 'within, s', 'right after, s', 'posts', 'edits', 'turned down', 'highest memory, MB'],
    ...rows.map((row) => [
      row.what,
      formatNumber(row.chats),
      formatNumber(row.withinSeconds),
      formatNumber(row.rightAfterMs / 1_000),
      formatNumber(row.posts),
      formatNumber(row.edits),
      formatNumber(row.tooFast),
      formatNumber(row.peakMb),
    ]),
  ]);
  const alone =
    few === undefined
      ? ''
      : `\n\nWithout grouping a chat took ${formatNumber(few.rightAfterMs / few.chats)} ms: ${formatNumber(whole)} of them would be ${formatNumber(whole)} messages and ${formatNumber((few.rightAfterMs * whole) / few.chats / 60_000)} minutes.`;
  return `A storm of alerts, against a Slack that enforces its limits (PostgreSQL)\n\n${table}${alone}`;
}
