import { AppError } from '../../domain/errors.ts';

/** Where events go, and how that address may be shown. */
export interface Target {
  webhookUrl: string;
  /** The same with the secret part masked. */
  shown: string;
  healthUrl: string;
}

const WEBHOOK_PATH = '/webhooks/zoho-desk';

/**
 * @param url the server's address, or the webhook's own
 * @param secret WEBHOOK_SECRET, which belongs to the webhook's address
 */
export function toTarget(url: string, secret: string | undefined): Target {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new AppError('bad_request', `"${url}" is not an address`, {
      remedy: 'Give one such as http://127.0.0.1:8787',
    });
  }
  const address = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
  const at = address.indexOf(WEBHOOK_PATH);
  const base = at === -1 ? address : address.slice(0, at);
  const ownSecret = at === -1 ? '' : address.slice(at + WEBHOOK_PATH.length + 1);
  const part = secret ?? ownSecret;
  return {
    webhookUrl: `${base}${WEBHOOK_PATH}${part === '' ? '' : `/${part}`}`,
    shown: `${base}${WEBHOOK_PATH}${part === '' ? '' : '/***'}`,
    healthUrl: `${base}/healthz`,
  };
}
