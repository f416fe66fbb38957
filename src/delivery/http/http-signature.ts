import { Webhook } from 'standardwebhooks';
import { AppError } from '../../domain/errors.ts';

/**
 * Signs requests by the Standard Webhooks scheme (standardwebhooks.com): HMAC-SHA256 over id, time and body. The id is
 * the action's, the same at every attempt: by it a receiver recognises a repeat.
 */
export interface HttpSigner {
  /** The headers for a body; `at` is epoch ms. Without a secret only id and time, unsigned. */
  headersFor(id: string, at: number, body: string): Record<string, string>;
}

/** `secret` is `whsec_` and base64, as the scheme writes it, or any other text, whose bytes then are the key. */
export function createHttpSigner(secret: string | undefined): HttpSigner {
  const webhook = secret === undefined ? undefined : toWebhook(secret);
  return {
    headersFor: (id, at, body) => ({
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      ...(webhook === undefined ? {} : { 'webhook-signature': webhook.sign(id, new Date(at), body) }),
    }),
  };
}

function toWebhook(secret: string): Webhook {
  try {
    return secret.startsWith('whsec_')
      ? new Webhook(secret)
      : new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
  } catch (cause) {
    throw new AppError('config_invalid', 'The secret that signs http.request cannot be used.', {
      remedy: 'Set HTTP_SIGNING_SECRET to whsec_ and base64, or to any other text that is not empty.',
      cause,
    });
  }
}
