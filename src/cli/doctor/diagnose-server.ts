import type { Config } from '../../config.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { toServerUrl } from '../server-url.ts';
import type { Reporter } from './finding.ts';

const TIMEOUT_MS = 3_000;

/** What the server of this environment says of itself, if one runs. None is no fault: it may be started later. */
export async function diagnoseServer(config: Config, report: Reporter): Promise<void> {
  const url = await toServerUrl(config);
  const answer = await askReadiness(url);
  if (answer === 'nobody') return report.ok(`none runs at ${url}`);
  if (answer === 'stranger') {
    return report.warn(`what listens at ${url} is not Vigia`, 'Stop it, or set PORT to another one.');
  }
  const faults = Object.entries(answer).flatMap(([part, state]) => {
    if (!isJsonObject(state) || state['ok'] !== false) return [];
    return [typeof state['reason'] === 'string' ? `${part} (${state['reason']})` : part];
  });
  const receiver = answer['receiver'];
  const silentSince = isJsonObject(receiver) ? receiver['silentSince'] : undefined;
  if (typeof silentSince === 'string') {
    report.warn(
      `no event has come since ${silentSince}`,
      'Look whether the webhook is still there and enabled in Zoho Desk.',
    );
  }
  reportHeldBack(answer['heldBack'], report);
  if (faults.length === 0) report.ok(`one runs at ${url} and is ready`);
  else report.warn(`one runs at ${url}, but not all is well: ${faults.join(', ')}`, 'Its log says more.');
}

function reportHeldBack(heldBack: unknown, report: Reporter): void {
  if (!isJsonObject(heldBack)) return;
  const { pauses, silences } = heldBack;
  if (typeof pauses === 'number' && pauses > 0) {
    const what = pauses === 1 ? 'a pause is in force' : `${pauses} pauses are in force`;
    report.warn(`${what}: actions are not carried out`, 'See "vigia pause list"; "vigia resume" lifts one.');
  }
  if (typeof silences === 'number' && silences > 0) {
    const what = silences === 1 ? 'a silence is in force' : `${silences} silences are in force`;
    report.ok(`${what}: see "vigia silence list"`);
  }
}

async function askReadiness(url: string): Promise<JsonObject | 'nobody' | 'stranger'> {
  let response: Response;
  try {
    response = await fetch(`${url}/readyz`, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return 'nobody';
  }
  try {
    const body: unknown = await response.json();
    return isJsonObject(body) && isJsonObject(body['database']) ? body : 'stranger';
  } catch {
    return 'stranger';
  }
}
