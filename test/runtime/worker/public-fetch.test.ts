import { describe, expect, it, onTestFinished } from 'vitest';
import { createPublicFetch } from '../../../src/runtime/worker/public-fetch.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

const signal = AbortSignal.timeout(5_000);

describe('the fetch of rules on Workers', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fd00::1]/',
  ])('refuses %s', async (url) => {
    const fetch = createPublicFetch({ allowPrivate: false });
    await expect(fetch(url, { signal })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  it('refuses what is not the web', async () => {
    const fetch = createPublicFetch({ allowPrivate: false });
    await expect(fetch('file:///etc/passwd', { signal })).rejects.toThrow('only http and https');
  });

  it('hands a redirect back instead of following it', async () => {
    const server = await startScriptedServer();
    onTestFinished(() => server.stop());
    server.answerWith(() => ({ status: 302, headers: { location: '/elsewhere' } }));
    const fetch = createPublicFetch({ allowPrivate: true });
    expect((await fetch(server.url, { signal })).status).toBe(302);
    expect(server.requests).toHaveLength(1);
  });
});
