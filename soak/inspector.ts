/**
 * A look into the service's memory through Node's inspector. Between two collections of garbage the resident memory of a
 * Node process says little: V8 lets some hundred megabytes gather before it looks for them. So each sample has the
 * garbage collected first; what grows then is kept by somebody.
 */
export interface Inspector {
  collectGarbage(): Promise<void>;
  /** Of the JavaScript heap, in MB. */
  readHeapMb(): Promise<number>;
  close(): void;
}

/** What Node writes to standard error when it was started with `--inspect`. */
const LISTENING = /Debugger listening on (ws:\/\/\S+)/;

/** @param log what the process has written to standard error */
export async function openInspector(log: string): Promise<Inspector> {
  const [, url] = LISTENING.exec(log) ?? [];
  if (url === undefined) throw new Error('the service does not tell where its inspector listens');
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${url} does not answer`)), {
      once: true,
    });
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const call = (method: string): Promise<unknown> => {
    calls += 1;
    const id = calls;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  };
  return {
    async collectGarbage() {
      await call('HeapProfiler.collectGarbage');
    },
    async readHeapMb() {
      const { usedSize } = (await call('Runtime.getHeapUsage')) as { usedSize: number };
      return usedSize / 2 ** 20;
    },
    close: () => socket.close(),
  };
}
