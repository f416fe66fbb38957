import type { HonoRequest } from 'hono';
import { AppError } from '../domain/errors.ts';

/**
 * How much of a body that is too large is still read before the answer. Answering while the sender writes may reset the
 * connection, depending on the server and what stands before it, and the sender sees a network error and no 413.
 */
const MAX_DRAIN = 8 * 1024 * 1024;

/**
 * The body as text, or undefined when it has more than `limit` bytes. Bytes that are no UTF-8 become U+FFFD. Throws
 * `bad_request` when the sender breaks off.
 */
export async function readBody(request: HonoRequest, limit: number): Promise<string | undefined> {
  try {
    // The HTTP parser holds a body to its stated length, and text() has a short way past the streams.
    const stated = Number(request.header('content-length') ?? Number.NaN);
    return stated <= limit ? await request.text() : await readStream(request, limit);
  } catch (cause) {
    throw new AppError('bad_request', 'The body broke off before its end.', { cause });
  }
}

async function readStream(request: HonoRequest, limit: number): Promise<string | undefined> {
  const { body } = request.raw;
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  while (size <= MAX_DRAIN) {
    const { done, value } = await reader.read();
    if (done) return size <= limit ? text + decoder.decode() : undefined;
    size += value.byteLength;
    if (size <= limit) text += decoder.decode(value, { stream: true });
  }
  await reader.cancel().catch(() => undefined);
  return undefined;
}
