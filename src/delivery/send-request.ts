import { classifyTransportFault, type TransportFault } from './transport-fault.ts';

/**
 * One HTTP call with a time-out, told apart by what matters to a delivery: whether the other side can have acted on it.
 * As soon as a status has arrived it decides, even when the body then breaks off.
 */

/** What the destinations need of fetch; the composition root passes in the one to use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Answer {
  status: number;
  headers: Headers;
  /** As text, up to `maxBodyBytes`. */
  body: string;
  /** False when the body was longer than that, or broke off. */
  complete: boolean;
}

export type SendResult =
  | { ok: true; answer: Answer }
  /** `detail` is a code such as ECONNREFUSED: safe to show. */
  | { ok: false; fault: TransportFault; detail?: string };

export interface SendOptions {
  fetch: Fetch;
  timeoutMs: number;
  maxBodyBytes: number;
  /** The caller's wish to stop. */
  signal: AbortSignal;
}

/** Sends the request; redirects are answers, never followed. Never throws for what a network can do. */
export async function sendRequest(url: string, init: RequestInit, options: SendOptions): Promise<SendResult> {
  if (options.signal.aborted) return { ok: false, fault: 'stopped' };
  // The real time of the network, whatever clock the service runs on.
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  // Called bare: the platform's own fetch refuses to be a method of another object on workerd.
  const { fetch } = options;
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const { body, complete } = await readBody(response, options.maxBodyBytes);
    return { ok: true, answer: { status: response.status, headers: response.headers, body, complete } };
  } catch (error) {
    return { ok: false, ...classifyTransportFault(error, { caller: options.signal, timeout }) };
  }
}

/** The body as text, no more than `maxBytes` of it; what is beyond is not even read. */
async function readBody(response: Response, maxBytes: number): Promise<{ body: string; complete: boolean }> {
  if (response.body === null) return { body: '', complete: true };
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let body = '';
  let room = maxBytes;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { body: body + decoder.decode(), complete: true };
      body += decoder.decode(value.subarray(0, room), { stream: true });
      room -= value.byteLength;
      if (room < 0) {
        await reader.cancel();
        return { body, complete: false };
      }
    }
  } catch {
    return { body, complete: false };
  }
}
