/**
 * The points at which a process may die, by name. Each says at which moment of its work a worker ends; `mortal.ts` plays it
 * on the ports that the services take. Statements are told apart by what their text names.
 */
export interface Moment {
  kind:
    | 'statement' // on its own: it commits by itself
    | 'statement in a transaction'
    | 'commit'
    | 'claim of jobs'
    | 'enqueueing'
    | 'end of a job'
    | 'giving back of a job'
    | 'call of a destination'
    | 'telling the others'; // onStored, onJudged, onSettled
  when: 'before' | 'after';
  /** Text of the statement; of what is done with a transaction, all its texts so far. */
  sql: string;
}

export interface FaultPoint {
  name: string;
  at(moment: Moment): boolean;
  /** The destination has been called and nobody knows: its effect may show twice. */
  callMayRepeat?: true;
}

const at = (kind: Moment['kind'], when: Moment['when'], text: RegExp = /(?:)/): Pick<FaultPoint, 'at'> => ({
  at: (moment) => moment.kind === kind && moment.when === when && text.test(moment.sql),
});

const STORES_EVENTS = /insert into events/i;
const CLAIMS_SUBJECTS = /for update of l skip locked/i;
const SAVES = /insert into "decisions"/i;
const SETTLES = /update "attempts" set/i;

const INGEST_POINTS: FaultPoint[] = [
  { name: 'before events are stored', ...at('statement', 'before', STORES_EVENTS) },
  { name: 'after events are stored, before the answer', ...at('statement', 'after', STORES_EVENTS) },
  { name: 'after events are stored, while the workers are woken', ...at('telling the others', 'before', /stored/) },
];

const PROCESSING_POINTS: FaultPoint[] = [
  { name: 'after chats are claimed', ...at('statement in a transaction', 'after', CLAIMS_SUBJECTS) },
  { name: 'after judging, before anything is saved', ...at('statement in a transaction', 'before', /"sessions" \(/i) },
  { name: 'in the middle of saving', ...at('statement in a transaction', 'before', /delete from inbox/i) },
  { name: 'after the inbox is emptied', ...at('statement in a transaction', 'after', /delete from inbox/i) },
  { name: 'after jobs are enqueued with their actions', ...at('enqueueing', 'after', SAVES) },
  { name: 'before what was judged is committed', ...at('commit', 'before', SAVES) },
  { name: 'after what was judged is committed', ...at('commit', 'after', SAVES) },
  { name: 'after the commit, before deliveries are woken', ...at('telling the others', 'before', /judged/) },
];

/** What ends actions that were never tried; settlements end an attempt too. */
const EXPIRES = /^(?!.*"attempts" set).*update "actions" set "state"/is;
const STARTS_ATTEMPT = /insert into attempts/i;

const DELIVERY_POINTS: FaultPoint[] = [
  { name: 'after jobs are claimed', ...at('claim of jobs', 'after') },
  { name: 'before an attempt is recorded', ...at('statement', 'before', STARTS_ATTEMPT) },
  { name: 'after an attempt is recorded, before the call', ...at('statement', 'after', STARTS_ATTEMPT) },
  { name: 'as the call goes out', ...at('call of a destination', 'before') },
  { name: 'after the call, before settling', ...at('call of a destination', 'after'), callMayRepeat: true },
  {
    name: 'in the middle of settling',
    ...at('end of a job', 'before'),
    callMayRepeat: true,
  },
  { name: 'after the job is ended, before the commit', ...at('end of a job', 'after'), callMayRepeat: true },
  {
    name: 'after what waited for an action is enqueued',
    ...at('enqueueing', 'after', SETTLES),
    callMayRepeat: true,
  },
  { name: 'after a job is given back, before the commit', ...at('giving back of a job', 'after'), callMayRepeat: true },
  { name: 'before a settlement is committed', ...at('commit', 'before', SETTLES), callMayRepeat: true },
  { name: 'after a settlement is committed', ...at('commit', 'after', SETTLES) },
  {
    name: 'after a settlement is committed, before the next are woken',
    ...at('telling the others', 'before', /settled/),
  },
];

const ACTIVATES = /insert into "ruleset_activations"/i;
const SWEEPS = /update "ruleset_activations"/i;

const UPKEEP_POINTS: FaultPoint[] = [
  { name: 'before new rules come into force', ...at('commit', 'before', ACTIVATES) },
  { name: 'after new rules came into force, before they judge', ...at('commit', 'after', ACTIVATES) },
  { name: 'before a batch of the sweep is committed', ...at('commit', 'before', SWEEPS) },
  { name: 'after a batch of the sweep is committed', ...at('commit', 'after', SWEEPS) },
  { name: 'before an action is ended as expired', ...at('commit', 'before', EXPIRES) },
];

export const FAULT_POINTS = [...INGEST_POINTS, ...PROCESSING_POINTS, ...DELIVERY_POINTS, ...UPKEEP_POINTS];
