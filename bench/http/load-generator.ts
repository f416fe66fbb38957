import { connect, type Socket } from 'node:net';
import { createMix } from './desk-mix.ts';

/**
 * The sender of a measurement, as a process of its own so that its CPU can be told apart. Requests are written to plain
 * sockets and only the head of an answer is read: a full HTTP client would take as much of the machine as the server.
 * Started by `fork`; gets one plan, answers with one result.
 */
export interface LoadPlan {
  /** Of the servers: connections go to them in turn. */
  ports: number[];
  path: string;
  /** One after the other, again from the first at the end. */
  tokens: string[];
  orgId: string;
  connections: number;
  eventsPerRequest: number;
  seconds: number;
  /** Requests a second at even distances; absent: each connection sends as soon as it has its answer. */
  perSecond?: number;
}

export interface LoadResult {
  requests: number;
  /** Answers other than 200. */
  refused: number;
  seconds: number;
  /** Of this process, µs a request. */
  cpuUs: number;
  /** From when a request was to be sent (not: was sent) until its answer; ms. */
  latencyMs: { p50: number; p99: number; max: number };
}

interface Run {
  plan: LoadPlan;
  latencies: number[];
  refused: number;
  until: number;
  tokens: number;
}

process.once('message', async (plan: LoadPlan) => {
  const result = await send(plan);
  process.send?.(result, () => process.disconnect());
});

async function send(plan: LoadPlan): Promise<LoadResult> {
  const clients = await Promise.all(Array.from({ length: plan.connections }, (_, index) => openClient(plan, index)));
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const run: Run = { plan, latencies: [], refused: 0, until: startedAt + plan.seconds * 1_000, tokens: 0 };
  if (plan.perSecond === undefined) await sendWithoutPause(run, clients);
  else await sendEvenly(run, clients, plan.perSecond);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const { close } of clients) close();
  const sorted = Float64Array.from(run.latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    requests: sorted.length,
    refused: run.refused,
    seconds,
    cpuUs: (user + system) / sorted.length,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

async function sendWithoutPause(run: Run, clients: readonly Client[]): Promise<void> {
  const ends = clients.map(async (client) => {
    while (performance.now() < run.until) await sendOne(run, client, performance.now());
  });
  await Promise.all(ends);
}

/**
 * A request whose turn has come waits for a free connection, and its waiting counts. Connections take turns: the server
 * closes one that is silent for five seconds.
 */
async function sendEvenly(run: Run, clients: readonly Client[], perSecond: number): Promise<void> {
  const free = [...clients];
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  const total = Math.round(perSecond * run.plan.seconds);
  for (let sent = 0; sent < total; ) {
    const due = startedAt + (sent * 1_000) / perSecond;
    const client = due <= performance.now() ? free.shift() : undefined;
    if (client === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    sent += 1;
    const request = sendOne(run, client, due).then(() => {
      free.push(client);
      open.delete(request);
    });
    open.add(request);
  }
  await Promise.all(open);
}

async function sendOne(run: Run, client: Client, due: number): Promise<void> {
  const { tokens } = run.plan;
  const status = await client.post(tokens[run.tokens % tokens.length] ?? '');
  run.tokens += 1;
  run.latencies.push(performance.now() - due);
  if (status !== 200) run.refused += 1;
}

interface Client {
  /** Posts the next events. @returns the status of the answer */
  post(token: string): Promise<number>;
  close(): void;
}

async function openClient(plan: LoadPlan, index: number): Promise<Client> {
  const { ports, path, orgId, eventsPerRequest, connections } = plan;
  const port = ports[index % ports.length] ?? 0;
  const nextEvent = createMix({ orgId, share: index, shares: connections });
  const socket = await open(port);
  let answered: ((status: number) => void) | undefined;
  let broken: ((error: Error) => void) | undefined;
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    const status = readAnswer(text);
    if (status === undefined) return;
    text = '';
    answered?.(status);
  });
  socket.on('error', (error) => broken?.(error));
  socket.on('close', () => broken?.(new Error('the server closed the connection')));
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nx-zdesk-jwt: `;
  return {
    post: (token) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) throw new Error('the server had closed the connection');
        answered = resolve;
        broken = reject;
        const events = Array.from({ length: eventsPerRequest }, nextEvent);
        const body = `[${events.join(',')}]`;
        socket.write(`${head}${token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      }),
    close: () => socket.destroy(),
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The status of an answer that is there as a whole: with a head that states its length. */
function readAnswer(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${text.slice(0, end)}`);
  return text.length - end - 4 >= Number(length) ? Number(text.slice(9, 12)) : undefined;
}
