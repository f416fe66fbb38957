/**
 * Faults on demand. A fault waits for requests that match its method and path, plays itself on as many as it was set
 * for, and is gone. It comes from a test (`faults.add`) or from another process (`POST /__faults`); both take the same
 * shape. What a fault is called is the stand-in's: it names its documented errors (`too_many_requests`, …) beside the
 * faults that every server can have:
 *
 * - `reset`: the connection is cut before anything is done; `reset_after`: after the change was made
 * - `timeout_before`: nothing is done and no answer comes; `timeout_after`: the change is made, the answer never comes
 * - `delay`: `delayMs` of the clock's time, then as usual
 * - `respond`: any `status` with any `headers` and `body`
 */
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';

export const TRANSPORT_FAULTS = [
  'reset',
  'reset_after',
  'timeout_before',
  'timeout_after',
  'delay',
  'respond',
] as const;
export type TransportFault = (typeof TRANSPORT_FAULTS)[number];

/** An answer that a fault sends in place of the real one. */
export interface FaultAnswer {
  status: number;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

export const faultSchema = z.strictObject({
  /** The name of a fault; the stand-in's error lists what it knows. */
  fault: z.string(),
  /** Path pattern: `*` stands for any characters, also for slashes. Default: every path. */
  path: z.string().default('*'),
  method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']).optional(),
  /** How many requests it plays on; default 1. */
  times: z.int().min(1).default(1),
  /** How many matching requests pass untouched first; default 0. */
  after: z.int().min(0).default(0),
  delayMs: z.int().min(0).optional(),
  retryAfterSeconds: z.int().min(0).optional(),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.json().optional(),
});
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;

/** The stand-in's own faults: name → the answer, given the fault's settings. */
export type FaultPresets = Record<string, (fault: Fault) => FaultAnswer>;

export interface Faults {
  /** Sets a fault; throws `bad_request` with the known names when its name is unknown. */
  add(input: FaultInput): void;
  /** The fault to play on this request, if any; it is used up. */
  take(method: string, path: string): Fault | undefined;
  /** The answer of a fault that answers, or undefined for one that works on the connection. */
  answerOf(fault: Fault): FaultAnswer | undefined;
  readonly waiting: readonly Fault[];
  clear(): void;
}

export function createFaults(presets: FaultPresets): Faults {
  let waiting: Fault[] = [];
  const known = [...TRANSPORT_FAULTS, ...Object.keys(presets)];
  return {
    add: (input) => {
      const parsed = faultSchema.safeParse(input);
      if (!parsed.success) {
        throw new AppError('bad_request', `The fault cannot be read: ${z.prettifyError(parsed.error)}`);
      }
      if (!known.includes(parsed.data.fault)) {
        throw new AppError('bad_request', `There is no fault "${parsed.data.fault}".`, {
          remedy: `Known faults: ${known.join(', ')}.`,
        });
      }
      waiting.push(parsed.data);
    },
    take: (method, path) => {
      const fault = waiting.find(
        (one) => (one.method === undefined || one.method === method) && matchesPath(one.path, path),
      );
      if (fault === undefined) return undefined;
      if (fault.after > 0) {
        fault.after -= 1;
        return undefined;
      }
      fault.times -= 1;
      waiting = waiting.filter((one) => one.times > 0);
      return fault;
    },
    answerOf: (fault) => {
      if (fault.fault === 'respond') {
        return {
          status: fault.status ?? 500,
          ...(fault.headers === undefined ? {} : { headers: fault.headers }),
          ...(fault.body === undefined ? {} : { body: fault.body }),
        };
      }
      return presets[fault.fault]?.(fault);
    },
    get waiting() {
      return waiting;
    },
    clear: () => {
      waiting = [];
    },
  };
}

/** Whether `path` fits `pattern`, in which `*` stands for any characters. No regular expression: the pattern is input. */
export function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return path === first;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  const last = parts.at(-1) ?? '';
  return path.length - at >= last.length && path.endsWith(last);
}
