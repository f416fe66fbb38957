/** What a stand-in was asked, for assertions. Kept in memory, the newest `KEPT_CALLS` of them. */
export interface Call {
  /** The clock's time of arrival, epoch ms. */
  at: number;
  method: string;
  /** Path without the query. */
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** The body's text as it came. */
  body: string;
  /** The answer's status; undefined while it is under way, and for good when none was sent. */
  status?: number;
  /** The fault that was played, if any. */
  fault?: string;
}

/** A demo runs for days: the log must not grow with it. */
export const KEPT_CALLS = 10_000;

export interface CallLog {
  readonly calls: readonly Call[];
  add(call: Call): void;
  clear(): void;
}

export function createCallLog(): CallLog {
  const calls: Call[] = [];
  return {
    calls,
    add: (call) => {
      calls.push(call);
      if (calls.length > KEPT_CALLS * 1.1) calls.splice(0, calls.length - KEPT_CALLS);
    },
    clear: () => {
      calls.length = 0;
    },
  };
}
