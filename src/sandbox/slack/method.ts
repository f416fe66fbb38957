/** What a method of the Web API is made of, and how its arguments are read: form fields are text, JSON fields are typed. */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { RateLimit, SlackLimits } from './rate-limits.ts';
import { SlackRefusal } from './refusals.ts';
import type { Workspace } from './workspace.ts';

export type SlackArguments = Record<string, unknown>;

export interface MethodContext {
  workspace: Workspace;
  args: SlackArguments;
  /** The stand-in's own address. */
  baseUrl: string;
  /** Time after which a message can no longer be edited; absent: never. */
  editWindowMs: number | undefined;
  now: number;
}

export interface SlackMethod {
  /** The scope that the token needs, if any. */
  scope?: string;
  /** Which limit applies, and for which calls together. */
  limit(limits: SlackLimits, context: MethodContext): { key: string; limit: RateLimit };
  /** The answer without `ok`; throws a SlackRefusal. */
  run(context: MethodContext): Record<string, unknown>;
}

/** The limit of a tier for one method, for the whole workspace. */
export function tier(name: 'tier2' | 'tier3' | 'tier4', method: string): SlackMethod['limit'] {
  return (limits) => ({ key: method, limit: limits[name] });
}

export function textArgument(args: SlackArguments, name: string): string | undefined {
  const value = args[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flagArgument(args: SlackArguments, name: string): boolean {
  return args[name] === true || args[name] === 'true' || args[name] === '1';
}

/** A list of objects that came as JSON, or as a form's text of it; undefined when it is not there. */
export function listArgument(args: SlackArguments, name: string, error: string): JsonObject[] | undefined {
  const value = jsonArgument(args, name, error);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw new SlackRefusal(error);
  return value;
}

export function jsonArgument(args: SlackArguments, name: string, error: string): unknown {
  const value = args[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new SlackRefusal(error);
  }
}
