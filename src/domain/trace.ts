import type { Json, JsonObject } from './json.ts';

/**
 * Why conditions held or did not: the condition tree of the rule, each leaf with the value it met and its verdict.
 * `result` is absent where the evaluation never got to (an `any` decided by an earlier priority).
 */
export type Trace = TraceGroup | TraceLeaf | TraceReference;

export interface TraceGroup {
  op: 'all' | 'any' | 'not';
  result?: boolean;
  of: Trace[];
}

export interface TraceReference {
  op: 'condition';
  name: string;
  result?: boolean;
  of: Trace[];
}

export interface TraceLeaf {
  op: 'leaf';
  fact: string;
  /** What a computed fact was to look at. */
  params?: JsonObject;
  path?: string;
  operator: string;
  /** The value that the rule compares with. */
  expected?: Json;
  /** The value that was met; absent when the field was; masked when it is personal. */
  actual?: Json;
  result?: boolean;
}

/** What stands in a trace in place of a personal value. */
export const MASKED = '[personal]';
