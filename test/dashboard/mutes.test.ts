import { describe, expect, test } from 'vitest';
import { anAlertRow, aSnapshot, createMadeUpDashboard, NOW } from './made-up.ts';

const page = async (app: ReturnType<typeof createMadeUpDashboard>['app'], path: string) =>
  (await app.request(path, { headers: { accept: 'text/html' } })).text();

describe('what is held back', () => {
  test.each(['/', '/rules', '/sessions/plain', '/vocabulary', '/decisions/7'])(
    'stands at the head of %s',
    async (path) => {
      const text = await page(createMadeUpDashboard().app, path);
      expect(text).toContain('role="alert"');
      expect(text).toContain('Paused: rule plain');
      expect(text).toContain('Actions wait: 2 so far.');
      expect(text).toContain('until it is lifted');
      expect(text).toContain('Silence in Slack');
      expect(await page(createMadeUpDashboard().app, `${path}?lang=pt-BR`)).toContain('Em pausa: regra plain');
    },
  );

  test('is said of an alert whose card waits', async () => {
    const snapshot = aSnapshot('plain');
    const row = { ...anAlertRow('waits'), text: null, heldBack: { id: 'sil-7k3mp', until: NOW + 60_000 } };
    const board = async () => ({ ...snapshot, groups: [], alerts: { ...snapshot.alerts, rows: [row] } });
    const { app } = createMadeUpDashboard({ board });
    expect(await page(app, '/')).toMatch(/Its card is held back by sil-7k3mp until <time/);
    expect(await page(app, '/?lang=pt-BR')).toMatch(/O cartão está retido por sil-7k3mp até <time/);
  });

  test('is told to nobody who has not logged in, and is escaped', async () => {
    expect(await page(createMadeUpDashboard().app, '/login')).not.toContain('Paused');
    const hostile = await page(createMadeUpDashboard({}, '<b>x</b>').app, '/');
    expect(hostile).toContain('Paused: rule &lt;b&gt;x&lt;/b&gt;');
    expect(hostile).not.toContain('<b>x</b>');
  });

  test('can be lifted with a click, with scripts and without', async () => {
    const { app, acknowledged } = createMadeUpDashboard();
    const plain = await app.request('/pauses/pau-1/lift', { method: 'POST' });
    expect([plain.status, plain.headers.get('location')]).toEqual([303, '/']);
    const swapped = await app.request('/pauses/pau-2/lift', { method: 'POST', headers: { 'hx-request': 'true' } });
    expect(await swapped.text()).toContain('Paused: rule plain');
    expect(acknowledged).toEqual(['lift pau-1 by board', 'lift pau-2 by board']);
  });
});
