import { suggestion } from '../../domain/did-you-mean.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ActionFile } from '../../domain/rule-file.ts';
import { SETTABLE_STATUSES } from '../../domain/vocabulary.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';
import { isTemplate } from '../templates/liquid.ts';
import { placeOf } from '../templates/param-places.ts';
import { actionListsOf } from './action-list.ts';
import type { RuleCheck } from './rule-under-check.ts';

/** What the schema of an action's params cannot say: which go together, and what written values can be. */
export const checkParams: RuleCheck = ({ file }) =>
  actionListsOf(file)
    .flatMap((list) => list.actions)
    .flatMap(({ action, path }) => {
      const at = [...path, 'params'];
      return [...checkEmpty(action, at), ...checkByType(action, at)];
    });

/** A parameter that is written as nothing, where nothing refuses the action. */
function checkEmpty({ type, params }: ActionFile, path: JsonPath): Finding[] {
  return Object.entries(params).flatMap(([key, value]): Finding[] => {
    if (typeof value !== 'string' || value.trim() !== '' || placeOf(type, [key]).whenEmpty !== 'refuse') return [];
    const remedy = 'Write it, or remove it where it is optional.';
    return [{ path: [...path, key], code: 'empty-param', message: `"${key}" is empty`, remedy }];
  });
}

function checkByType({ type, params }: ActionFile, path: JsonPath): Finding[] {
  switch (type) {
    case 'zoho.assignSession':
      return checkAssign(params, path);
    case 'zoho.setSessionStatus':
      return checkStatus(params, path);
    case 'zoho.updateTicket':
      if (Object.keys(params).length > 0) return [];
      return [bad(path, 'nothing is changed', 'Give one of assigneeId, teamId, status, priority, fields.')];
    case 'dashboard.update':
      return checkTile(params, path);
    case 'http.request':
      return checkRequest(params, path);
    case 'record':
      return checkRecord(params, path);
    default:
      return [];
  }
}

function bad(path: JsonPath, message: string, remedy: string, on: 'key' | 'value' = 'value'): Finding {
  return { path, on, code: 'bad-params', message, remedy };
}

type Params = ActionFile['params'];

/** Of the keys, those that are written. */
function given(params: Params, keys: readonly string[]): string[] {
  return keys.filter((key) => params[key] !== undefined);
}

function exactlyOne(params: Params, path: JsonPath, keys: readonly string[]): Finding[] {
  const written = given(params, keys);
  const [, second] = written;
  const choice = `exactly one of ${keys.join(', ')}`;
  if (written.length === 0) return [bad(path, `none of ${keys.join(', ')} is given`, `Give ${choice}.`)];
  return second === undefined
    ? []
    : [bad([...path, second], `${written.join(' and ')} are given`, `Give ${choice}.`, 'key')];
}

function checkAssign(params: Params, path: JsonPath): Finding[] {
  const findings = exactlyOne(params, path, ['agentId', 'botId', 'pick']);
  const { pick, from } = params;
  if (pick === undefined) {
    const stray = given(params, ['from', 'maxLoad']).map((key) =>
      bad([...path, key], `"${key}" goes with "pick"`, `Remove "${key}", or pick.`, 'key'),
    );
    return [...findings, ...stray];
  }
  if (from === undefined && pick !== 'sameAsLast') {
    const remedy = 'Add "from": { "department": "{{ channel.departmentId }}" }, or agents, or a team.';
    return [...findings, bad([...path, 'pick'], `"${String(pick)}" needs "from": whom to pick from`, remedy)];
  }
  if (!isJsonObject(from)) return findings;
  return [...findings, ...exactlyOne(from, [...path, 'from'], ['department', 'agents', 'team'])];
}

function checkStatus({ status }: Params, path: JsonPath): Finding[] {
  const known: readonly string[] = SETTABLE_STATUSES;
  if (typeof status !== 'string' || isTemplate(status) || known.includes(status)) return [];
  const message = `Zoho Desk cannot set the status ${JSON.stringify(status)}`;
  return [bad([...path, 'status'], message, suggestion(status, known))];
}

function checkTile(params: Params, path: JsonPath): Finding[] {
  const findings = exactlyOne(params, path, ['set', 'add']);
  const { add } = params;
  const written = typeof add === 'number' || (typeof add === 'string' && (isTemplate(add) || isNumber(add)));
  if (add === undefined || written) return findings;
  return [
    ...findings,
    bad([...path, 'add'], `${JSON.stringify(add)} is no number to add`, 'Write a number, such as 1 or -1.'),
  ];
}

function isNumber(text: string): boolean {
  return /^\s*[+-]?\d+(?:\.\d+)?\s*$/.test(text);
}

function checkRequest({ url, method, body, headers }: Params, path: JsonPath): Finding[] {
  const findings: Finding[] = [];
  if (typeof url === 'string' && !/^https?:\/\/[^/]/.test(url) && !url.trimStart().startsWith('{')) {
    findings.push(bad([...path, 'url'], 'the address is not whole', 'Begin with https:// and the host.'));
  }
  if (typeof url === 'string' && /^\s*\{/.test(url)) {
    const remedy =
      'Write the beginning out, https://host/, and put values into the path or the query: they are encoded.';
    findings.push(bad([...path, 'url'], 'an address cannot begin with a value', remedy));
  }
  if (method === 'GET' && body !== undefined)
    findings.push(bad([...path, 'body'], 'a GET request carries no body', 'Use POST, or remove the body.', 'key'));
  const reserved = isJsonObject(headers)
    ? Object.keys(headers).filter((name) => /^webhook-|^host$|^content-length$/i.test(name))
    : [];
  const reservedFindings = reserved.map((name) =>
    bad([...path, 'headers', name], `the header "${name}" is set by Vigia`, 'Remove it.', 'key'),
  );
  return [...findings, ...reservedFindings];
}

/** The dataset's name becomes part of addresses and of export files. */
const DATASET_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function checkRecord({ dataset, fields }: Params, path: JsonPath): Finding[] {
  const findings: Finding[] = [];
  if (typeof dataset === 'string' && dataset.trim() !== '' && !isTemplate(dataset) && !DATASET_PATTERN.test(dataset)) {
    const remedy = 'Use at most 64 letters, digits, . _ - and begin with a letter or digit.';
    findings.push(bad([...path, 'dataset'], `${JSON.stringify(dataset)} is no name of a dataset`, remedy));
  }
  if (isJsonObject(fields) && Object.keys(fields).length === 0)
    findings.push(bad([...path, 'fields'], 'the row has no fields', 'Write what is to be recorded.'));
  return findings;
}
