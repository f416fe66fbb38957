import { isJsonObject, type JsonObject } from '../../domain/json.ts';

/** What a receiver answered to `vigia send`, and what a person can do about a refusal. */
export interface Answer {
  status: number;
  /** Its JSON, or undefined when it is none. */
  body: unknown;
}

export interface Explanation {
  ok: boolean;
  message: string;
  remedy?: string;
}

export function explainAnswer({ status, body }: Answer): Explanation {
  const fields = isJsonObject(body) ? body : {};
  if (status === 200) return explainCounts(fields);
  const detail = typeof fields['detail'] === 'string' ? fields['detail'] : undefined;
  const message = `answered ${status}${detail === undefined ? '' : `: ${detail}`}`;
  const remedy = REMEDIES.get(status) ?? 'Check --url: this is not what a receiver of Vigia answers.';
  const notConfigured = status === 503 && fields['code'] === 'not_configured';
  return { ok: false, message, remedy: notConfigured ? NOT_CONFIGURED : remedy };
}

const NOT_CONFIGURED = 'Start the server with ZOHO_ORG_ID, or start "vigia sandbox", which sets everything.';

const REMEDIES = new Map([
  [400, 'Give one event or an array: { "eventType": …, "payload": { … } }'],
  [
    401,
    'The server believes only what its own Zoho Desk signed, and this was signed with the sandbox’s key.\n' +
      'Send to a server of "vigia sandbox", or start one on this machine with WEBHOOK_VERIFY=off.\n' +
      'If it is the sandbox’s, --org and --webhook-id have to be those of that server; its log names the check that failed.',
  ],
  [404, 'If the server has a WEBHOOK_SECRET, give it with --secret; otherwise check --url.'],
  [413, 'Send fewer events at once: the limit is 1 MiB.'],
  [503, 'The server could not store it, or cannot read the keys of its Zoho Desk: its log says which. Send it again.'],
]);

function explainCounts(fields: JsonObject): Explanation {
  const counts = ['stored', 'repeated', 'rejected'].map((name) => [name, fields[name]] as const);
  if (counts.some(([, count]) => typeof count !== 'number')) {
    return { ok: false, message: 'answered 200, but not as Vigia does', remedy: 'Check --url.' };
  }
  const message = counts.map(([name, count]) => `${count} ${name}`).join(', ');
  if (fields['rejected'] !== 0) {
    return {
      ok: false,
      message,
      remedy: 'What was rejected is kept with its reason: GET /api/v1/rejected',
    };
  }
  if (fields['stored'] !== 0) return { ok: true, message };
  return { ok: true, message, remedy: 'The same event is stored once. Give another --time (or --id) for a new one.' };
}
