import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { requireServer } from '../../support/find-server.ts';

/** A shop in Chromium: every path of its origin answers the same page, made of what a test puts into it. */
export interface ShopBrowser {
  readonly browser: Browser;
  readonly origin: string;
  /** Head and body of the page. */
  show(page: { readonly head: string; readonly body?: string }): void;
  close(): Promise<void>;
}

export async function openShop(): Promise<ShopBrowser> {
  let html = '';
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({
    executablePath: requireServer('chromium'),
    // In containers there is neither a sandbox nor much shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: 110_000,
  });
  return {
    browser,
    // A server on TCP has an address with a port.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show({ head, body = '' }) {
      html = `<!doctype html><html><head><title>Shop</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;
    },
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
