import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server whose answers a test decides, also those that only a socket can give. */
export interface SeenRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * `reset`: the connection is cut unanswered · `hang`: no answer ever · `half`: the status, then a cut · `garbage`: bytes
 * that are no HTTP · `endless`: a body without end.
 */
export type SocketFault = 'reset' | 'hang' | 'half' | 'garbage' | 'endless';
export type Reply = { status: number; headers?: Record<string, string>; body?: unknown } | { fault: SocketFault };

export interface ScriptedServer {
  url: string;
  requests: SeenRequest[];
  /** Changes how requests are answered from now on, and forgets those that came. */
  answerWith(reply: (request: SeenRequest) => Reply | Promise<Reply>): void;
  stop(): Promise<void>;
}

export async function startScriptedServer(
  reply: (request: SeenRequest) => Reply | Promise<Reply> = () => ({ status: 200 }),
): Promise<ScriptedServer> {
  let current = reply;
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    outgoing.on('error', () => {});
    const request = await readRequest(incoming);
    requests.push(request);
    send(outgoing, await current(request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (next) => {
      current = next;
      requests.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, body };
}

function send(outgoing: ServerResponse, reply: Reply): void {
  if ('fault' in reply) {
    misbehave(outgoing, reply.fault);
    return;
  }
  const text = typeof reply.body === 'string' ? reply.body : reply.body === undefined ? '' : JSON.stringify(reply.body);
  const type = typeof reply.body === 'object' ? { 'content-type': 'application/json' } : {};
  outgoing.writeHead(reply.status, { ...type, ...reply.headers });
  outgoing.end(text);
}

function misbehave(outgoing: ServerResponse, fault: SocketFault): void {
  const { socket } = outgoing;
  switch (fault) {
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'half':
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      outgoing.write('{"ok":tr');
      setTimeout(() => socket?.destroy(), 20);
      return;
    case 'garbage':
      socket?.end('this is no HTTP\r\n\r\n');
      return;
    case 'endless': {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => outgoing.write('{"a":1,'.repeat(1_000)), 5);
      outgoing.on('close', () => clearInterval(timer));
      return;
    }
  }
}
