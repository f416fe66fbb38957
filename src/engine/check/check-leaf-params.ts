import { suggestion } from '../../domain/did-you-mean.ts';
import { parseDuration } from '../../domain/duration.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { ConditionLeaf } from '../../domain/rule-file.ts';
import { MAX_SHARED_HISTORY, PARAMS, type ParamDefinition, takesParams } from '../catalogue/params.ts';
import type { Finding, FindingText } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { unknownValue } from './field-faults.ts';

type Params = NonNullable<ConditionLeaf['params']>;
type ParamValue = Params[string];

/** The params of a comparison: only computed facts have any, each of its kind, and together they say one thing. */
export function checkLeafParams({ fact, params }: ConditionLeaf, path: JsonPath): Finding[] {
  const at = [...path, 'params'];
  if (!takesParams(fact)) {
    if (params === undefined) return [];
    const message = `"${fact}" takes no params`;
    const remedy = `Remove "params": only ${Object.keys(PARAMS).join(' and ')} are computed by them.`;
    return [{ path: at, on: 'key', code: 'params-without-effect', message, remedy }];
  }
  const known = PARAMS[fact];
  const given = Object.entries(params ?? {});
  const missing = Object.keys(known).filter((name) => known[name]?.required === true && params?.[name] === undefined);
  const findings = [
    ...given.flatMap(([name, value]) => checkParam(name, value, known[name], [...at, name], Object.keys(known))),
    ...missing.map((name) => missingParam(fact, name, params === undefined ? path : at)),
  ];
  if (findings.some(({ severity = 'error' }) => severity === 'error') || params === undefined) return findings;
  return [...findings, ...(fact === 'queue' ? checkQueue(params, at) : checkHistory(params, at))];
}

function missingParam(fact: string, name: string, path: JsonPath): Finding {
  const example =
    fact === 'history' ? '"params": { "status": "ON_HOLD", "by": "session", "within": "1h" }' : '"params": { … }';
  return { path, code: 'missing-param', message: `${fact} needs the param "${name}"`, remedy: `Write ${example}.` };
}

function checkParam(
  name: string,
  value: ParamValue,
  definition: ParamDefinition | undefined,
  path: JsonPath,
  known: readonly string[],
): Finding[] {
  if (definition === undefined) {
    const message = `there is no param "${name}"`;
    return [{ path, on: 'key', code: 'unknown-param', message, remedy: suggestion(name, known) }];
  }
  if (definition.kind === 'status') {
    const items = Array.isArray(value) ? value : [value];
    return items.flatMap((item, index) => {
      const fault = statusFault(item, definition);
      return fault === undefined ? [] : [{ path: Array.isArray(value) ? [...path, index] : path, ...fault }];
    });
  }
  const fault = valueFault(value, definition);
  return fault === undefined ? [] : [{ path, ...fault }];
}

const bad = (message: string, remedy: string): FindingText => ({ code: 'bad-param', message, remedy });

function statusFault(value: unknown, { values = [] }: ParamDefinition): FindingText | undefined {
  if (typeof value !== 'string' || value === '') return bad('a status is a text', 'Write "OPEN" or [ "OPEN", … ].');
  if (value === 'ENDED') return bad('chats that have ended are in no queue', `Write one of ${values.join(', ')}.`);
  return values.includes(value) ? undefined : unknownValue(value, values);
}

function valueFault(value: ParamValue, { kind, values }: ParamDefinition): FindingText | undefined {
  if (kind === 'boolean') {
    return typeof value === 'boolean'
      ? undefined
      : bad('this is true or false', 'Write true or false, without quotes.');
  }
  if (typeof value !== 'string' || value === '') return bad('this is a text', 'Write it in quotes; ids are texts.');
  if (kind === 'duration') {
    if ((parseDuration(value) ?? 0) > 0) return undefined;
    return bad(`"${value}" is not a duration up to 366 days`, 'Write it like "90s", "15m" or "1h30m".');
  }
  if (values === undefined || values.includes(value)) return undefined;
  return kind === 'choice' ? bad(`"${value}" is none of them`, suggestion(value, values)) : unknownValue(value, values);
}

function checkQueue({ channelId, departmentId }: Params, path: JsonPath): Finding[] {
  if (channelId === undefined || departmentId === undefined) return [];
  const message = 'a channel is of one department: both params together say nothing more than the channel';
  return [{ path: [...path, 'departmentId'], on: 'key', ...bad(message, 'Keep one of them.') }];
}

function checkHistory({ status, event, by, within }: Params, path: JsonPath): Finding[] {
  if ((status === undefined) === (event === undefined)) {
    const message =
      status === undefined ? 'history counts a status or an event' : 'history counts a status or an event, not both';
    return [{ path, ...bad(message, 'Write exactly one of "status" and "event".') }];
  }
  if (by === 'session') return [];
  const counted: string[] = by === 'channel' ? [SESSION_STATUS_EVENT, MESSAGE_ADD_EVENT] : [SESSION_STATUS_EVENT];
  if (typeof event === 'string' && !counted.includes(event)) {
    const message = `of a ${String(by)}, ${event} is not counted`;
    return [{ path: [...path, 'event'], ...bad(message, `Write ${counted.join(' or ')}, or "by": "session".`) }];
  }
  const [ms, most] = [parseDuration(String(within)) ?? 0, parseDuration(MAX_SHARED_HISTORY) ?? 0];
  if (ms <= most) return [];
  const message = `history by ${String(by)} goes back ${MAX_SHARED_HISTORY} at the most`;
  const remedy = `Write "${MAX_SHARED_HISTORY}" or less; by session it may be longer.`;
  return [{ path: [...path, 'within'], ...bad(message, remedy) }];
}
