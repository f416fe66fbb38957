import { createConnection, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy that a test breaks and mends, between the service and a server that others use too. What it does with
 * connections:
 *
 *   pass       hands all bytes on
 *   cut        ends those that are there and refuses new ones, as a server that was stopped
 *   reset      answers both with RST, as a firewall that forgot them or a server that crashed
 *   close      ends those that are there, accepts new ones and ends them at once, as a balancer without a backend
 *   hang       carries no byte either way and tells nobody: those that are there freeze, new ones are accepted and
 *              never answered. Mended, the frozen ones go on
 *   half-open  those that are there are frozen for good, new ones pass: a gateway lost its table
 *   slow       hands all bytes on, each way `slowMs` later
 */
export type ProxyMode = 'pass' | 'cut' | 'reset' | 'close' | 'hang' | 'half-open' | 'slow';

export interface TcpProxy {
  port: number;
  /** Changes what happens to connections from now on. */
  become(mode: ProxyMode): Promise<void>;
  /** Connections that were accepted since the start. */
  accepted(): number;
  /** Connections that are open now, frozen ones included. */
  open(): number;
  stop(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
  /** Frozen for good. */
  lost: boolean;
}

export async function startTcpProxy(
  target: { host: string; port: number },
  { slowMs = 300 }: { slowMs?: number } = {},
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'pass';
  let accepted = 0;
  let server = createServer(accept);
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  function accept(near: Socket): void {
    accepted += 1;
    near.on('error', () => undefined);
    if (mode === 'reset') return void near.resetAndDestroy();
    if (mode === 'close') return void near.resume().end();
    const far = createConnection(target);
    far.on('error', () => undefined);
    const pair: Pair = { near, far, lost: false };
    pairs.add(pair);
    connect(pair, near, far);
    connect(pair, far, near);
    if (mode === 'hang') freeze(pair);
  }

  function connect(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (mode === 'slow') setTimeout(() => to.write(bytes), slowMs);
      else to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('close', () => {
      pairs.delete(pair);
      if (!pair.lost) to.destroy();
    });
  }

  function freeze({ near, far }: Pair): void {
    near.pause();
    far.pause();
  }

  async function become(next: ProxyMode): Promise<void> {
    const refused = mode === 'cut';
    mode = next;
    for (const pair of pairs) treat(pair);
    if (next === 'cut' && !refused) await new Promise((resolve) => server.close(resolve));
    if (next !== 'cut' && refused) {
      server = createServer(accept);
      await listen(port);
    }
  }

  function treat(pair: Pair): void {
    const { near, far } = pair;
    if (mode === 'cut' || mode === 'close') {
      near.destroy();
      far.destroy();
    } else if (mode === 'reset') {
      near.resetAndDestroy();
      far.destroy();
    } else if (mode === 'hang') {
      freeze(pair);
    } else if (mode === 'half-open') {
      pair.lost = true;
      freeze(pair);
    } else if (!pair.lost) {
      near.resume();
      far.resume();
    }
  }

  function listen(at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', resolve);
    });
  }

  return {
    port,
    become,
    accepted: () => accepted,
    open: () => pairs.size,
    async stop() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
