import type { Destination } from '../../src/domain/action.ts';
import type { DeliveryQueue } from '../../src/services/delivery-queue.ts';
import type { Database, Db } from '../../src/store/database.ts';
import type { Moment } from './fault-points.ts';

/** What a worker reaches the world with: all that the services take. */
export interface Ports {
  database: Database;
  queue: DeliveryQueue;
  destinations: { slack: Destination; 'zoho-desk': Destination; http: Destination };
  /** `stored`, `judged`, `settled`: what the services call back with. */
  tell(what: string): void;
}

export interface Mortal extends Ports {
  /** Resolves once it is dead and the database has rolled back what it had open; never for one that lives on. */
  died: Promise<void>;
}

/** What a dead process still awaits never comes. */
const never = new Promise<never>(() => undefined);

/** What drizzle runs each statement of a database or a transaction through. */
interface Session {
  prepareQuery(query: { sql: string }, ...rest: unknown[]): { execute(values?: unknown): Promise<unknown> };
}

/** Guarantee: drizzle's databases and transactions keep their session in this property, and builders take it from there. */
function sessionOf(db: Db): Session {
  return (db as unknown as { session: Session }).session;
}

class Death extends Error {}

/**
 * The ports of a worker that dies at its last moment as by kill -9: the transaction under way is rolled back unless it was
 * committed, and whatever the worker asks for from then on is never answered, so none of its code goes on.
 */
export function mortal(ports: Ports, isLast: (moment: Moment) => boolean): Mortal {
  let dead = false;
  let die = (): void => undefined;
  const dying = new Promise<void>((resolve) => {
    die = resolve;
  });
  const open = new Set<Promise<unknown>>();

  /** Passes, or ends the worker; a dead one does not get past any moment. */
  async function pass(moment: Moment): Promise<void> {
    if (!dead && isLast(moment)) {
      dead = true;
      die();
    }
    if (dead) await never;
  }

  async function around<T>(kind: Moment['kind'], sql: string, work: () => Promise<T>): Promise<T> {
    await pass({ kind, when: 'before', sql });
    const result = await work();
    await pass({ kind, when: 'after', sql });
    return result;
  }

  /** The texts of each transaction so far. */
  const textsOf = new WeakMap<Db, string[]>();

  /** The same database, each statement of which is a moment before and after. */
  function watched(db: Db, kind: 'statement' | 'statement in a transaction', texts: string[]): Db {
    const session = sessionOf(db);
    const watchedSession = new Proxy(session, {
      get(target, name) {
        if (name !== 'prepareQuery') return Reflect.get(target, name, target);
        return (...args: Parameters<Session['prepareQuery']>) => {
          const prepared = target.prepareQuery(...args);
          const execute = prepared.execute.bind(prepared);
          const [{ sql }] = args;
          texts.push(sql);
          prepared.execute = (values) => around(kind, sql, () => execute(values));
          return prepared;
        };
      },
    });
    return new Proxy(db, {
      get: (target, name, receiver) => (name === 'session' ? watchedSession : Reflect.get(target, name, receiver)),
    });
  }

  const soFar = (tx: Db) => textsOf.get(tx)?.join(';\n') ?? '';
  const { database, queue } = ports;
  return {
    died: dying.then(() => Promise.allSettled(open)).then(() => undefined),
    database: {
      kind: database.kind,
      db: watched(database.db, 'statement', []),
      async transaction(work) {
        const texts: string[] = [];
        const ended = dying.then(() => Promise.reject(new Death()));
        ended.catch(() => undefined);
        if (dead) await never;
        try {
          const transaction = database.transaction(async (tx) => {
            const inside = watched(tx, 'statement in a transaction', texts);
            textsOf.set(inside, texts);
            const working = work(inside);
            working.catch(() => undefined);
            const done = await Promise.race([working, ended]);
            await Promise.race([pass({ kind: 'commit', when: 'before', sql: texts.join(';\n') }), ended]);
            return done;
          });
          open.add(transaction);
          const result = await transaction.finally(() => open.delete(transaction));
          await pass({ kind: 'commit', when: 'after', sql: texts.join(';\n') });
          return result;
        } catch (error) {
          if (error instanceof Death) await never;
          throw error;
        }
      },
    },
    queue: {
      enqueue: (tx, jobs) => around('enqueueing', soFar(tx), () => queue.enqueue(tx, jobs)),
      claim: (limit) => around('claim of jobs', '', () => queue.claim(limit)),
      complete: (tx, job) => around('end of a job', soFar(tx), () => queue.complete(tx, job)),
      giveBack: (tx, job, delayMs) => around('giving back of a job', soFar(tx), () => queue.giveBack(tx, job, delayMs)),
      touch: (jobs) => queue.touch(jobs),
    },
    destinations: {
      slack: perishable(ports.destinations.slack),
      'zoho-desk': perishable(ports.destinations['zoho-desk']),
      http: perishable(ports.destinations.http),
    },
    tell: (what) => {
      void pass({ kind: 'telling the others', when: 'before', sql: what });
      if (!dead) ports.tell(what);
    },
  };

  function perishable(destination: Destination): Destination {
    return {
      name: destination.name,
      connected: destination.connected,
      deliver: (delivery, signal) =>
        around('call of a destination', delivery.type, () => destination.deliver(delivery, signal)),
    };
  }
}
