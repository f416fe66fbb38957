import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Delivery, DeliveryOutcome, Destination } from '../../src/domain/action.ts';
import { captureLogs } from '../support/captured-logs.ts';
import { never } from '../support/deliveries.ts';
import {
  type Reply,
  type ScriptedServer,
  type SeenRequest,
  type SocketFault,
  startScriptedServer,
} from '../support/scripted-server.ts';

/**
 * What every destination that talks to a network must hold to, whatever it talks to: an outcome for every HTTP status and
 * every way in which a connection breaks, no secret in anything that is kept, and an end when it is told to stop.
 */
type Kind = DeliveryOutcome['kind'];

export interface ConformanceSubject {
  name: string;
  /** A fresh destination that talks to `url` and gives up after `timeoutMs`. */
  create(url: string, timeoutMs: number): Destination;
  /** The delivery; it may need the address (http.request). */
  delivery(url: string): Delivery;
  /** None of these may appear in an outcome or a log line. */
  secrets: readonly string[];
  /** The request whose answer is under test; the others are answered by `healthy`. */
  isTheCall(request: SeenRequest): boolean;
  healthy(request: SeenRequest): Reply;
  /**
   * The kind for a status with a body that is not what the API would send. The platform's fetch makes a broken
   * connection of 407 (Fetch standard, "HTTP-network-or-cache fetch").
   */
  expectStatus(status: number): Kind;
  /** `lost`: the other side may have acted. */
  expectFault: Record<SocketFault, Kind>;
}

const TIMEOUT_MS = 400;
const ALL_STATUSES = Array.from({ length: 400 }, (_, index) => 200 + index);
const FAULTS: SocketFault[] = ['reset', 'hang', 'half', 'garbage', 'endless'];

export function describeConformance(subject: ConformanceSubject): void {
  describe(`${subject.name} keeps the rules of every destination`, () => {
    let server: ScriptedServer;
    let logs: Awaited<ReturnType<typeof captureLogs>>;
    const outcomes: DeliveryOutcome[] = [];

    beforeAll(async () => {
      server = await startScriptedServer();
      logs = await captureLogs();
      for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
        vi.spyOn(console, method).mockImplementation((...args) => void logs.lines.push(JSON.stringify(args)));
      }
    });
    afterAll(async () => {
      vi.restoreAllMocks();
      await logs.stop();
      await server.stop();
    });

    async function run(theCall: Reply | ((request: SeenRequest) => Reply), options: { signal?: AbortSignal } = {}) {
      server.answerWith((request) => {
        if (!subject.isTheCall(request)) return subject.healthy(request);
        return typeof theCall === 'function' ? theCall(request) : theCall;
      });
      return deliverTo(server.url, options.signal);
    }

    async function deliverTo(url: string, signal: AbortSignal = never) {
      const outcome = await subject.create(url, TIMEOUT_MS).deliver(subject.delivery(url), signal);
      outcomes.push(outcome);
      return outcome;
    }

    /** A body that hands back everything that the request carried, and then some. */
    const echo = (request: SeenRequest) => {
      const all = `${JSON.stringify(request)} ${subject.secrets.join(' ')}`;
      return { ok: false, error: all, errorCode: all, message: all, errors: [{ fieldName: all }], echoed: { all } };
    };

    it('delivers to a healthy other side', async () => {
      const outcome = await run(subject.healthy);
      expect(outcome).toMatchObject({ kind: 'delivered' });
      expect(server.requests.filter(subject.isTheCall)).toHaveLength(1);
    });

    it('has the right outcome for every HTTP status', async () => {
      const got: Record<number, Kind> = {};
      for (const status of ALL_STATUSES) {
        const hasBody = ![204, 205, 304].includes(status);
        const outcome = await run((request) => ({ status, ...(hasBody ? { body: echo(request) } : {}) }));
        got[status] = outcome.kind;
      }
      expect(got).toEqual(Object.fromEntries(ALL_STATUSES.map((status) => [status, subject.expectStatus(status)])));
    });

    it.each([429, 503])('waits as long as a %i with Retry-After asks', async (status) => {
      const outcome = await run({ status, headers: { 'retry-after': '7' }, body: 'slow down' });
      expect(outcome).toMatchObject({ kind: 'retry', afterMs: 7_000 });
    });

    it.each(FAULTS)('has the right outcome for a connection that ends in: %s', async (fault) => {
      const outcome = await run({ fault });
      expect(outcome.kind).toBe(subject.expectFault[fault]);
    });

    it('tries again, and claims nothing, when nobody listens or the name does not exist', async () => {
      const gone = await startScriptedServer();
      await gone.stop();
      expect((await deliverTo(gone.url)).kind).toBe('retry');
      expect((await deliverTo('http://nobody.invalid')).kind).toBe('retry');
    });

    it('is not upset by an answer of many megabytes', async () => {
      const outcome = await run({ status: 500, body: 'x'.repeat(12_000_000) });
      expect(['retry', 'uncertain']).toContain(outcome.kind);
    });

    it('sends nothing when it is stopped before, and that attempt does not count', async () => {
      const outcome = await run(subject.healthy, { signal: AbortSignal.abort() });
      expect(outcome).toMatchObject({ kind: 'retry', counts: false });
      expect(server.requests.filter(subject.isTheCall)).toEqual([]);
    });

    it('ends soon when it is stopped in the middle, and does not claim that nothing happened', async () => {
      const stop = new AbortController();
      const startedAt = performance.now();
      const outcome = await run(
        () => {
          setTimeout(() => stop.abort(), 10);
          return { fault: 'hang' };
        },
        { signal: stop.signal },
      );
      expect(outcome.kind).toBe(subject.expectFault.hang);
      expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS);
    });

    it('leaks no secret into outcomes or logs', () => {
      // Runs last: it looks at everything that the tests above have produced.
      expect(outcomes.length).toBeGreaterThan(ALL_STATUSES.length);
      const kept = [...outcomes.map((outcome) => JSON.stringify(outcome)), ...logs.lines];
      for (const secret of subject.secrets) {
        expect(
          kept.filter((line) => line.includes(secret)),
          `"${secret}" was kept`,
        ).toEqual([]);
      }
    });
  });
}
