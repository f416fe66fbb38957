import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { type Browser, chromium } from 'playwright-core';
import { createTestApp } from '../http/test-app.ts';

/** Pages on a socket, with the security policy of the whole application, for a real browser. */
export interface ServedPages {
  url: string;
  /** Ends what is open, as a lost network does. */
  cut(): void;
  stop(): void;
}

export async function servePages(dashboard: Hono): Promise<ServedPages> {
  const { app } = createTestApp({ dashboard, config: { adminToken: undefined, listensOnLoopback: true } });
  const server = createAdaptorServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut,
    stop() {
      cut();
      server.close();
    },
  };
}

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, '--disable-gpu'] });
}
