import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { requireServer } from '../../support/find-server.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A page of a shop in a real browser, with an origin of its own. */
export interface ShopPage {
  readonly page: Page;
  readonly origin: string;
  /** Addresses beyond the shop and the engine that the page asked for; no other host can be reached. */
  readonly strangers: readonly string[];
  /** What the page wrote to its console, and what it threw. */
  readonly said: readonly string[];
  /** Ends page and browser. */
  close(): Promise<void>;
}

/** Without a window Chromium calls itself headless, and libraries and the engine take it for a robot. */
const CUSTOMER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

export interface ShopPageOptions {
  /** An ES module that imports its library by name. */
  readonly code: string;
  /** Where the engine is, as the page knows it. */
  readonly engine: string;
}

/** Bundles the code with its libraries, serves it and opens it in Chromium. */
export async function openShopPage({ code, engine }: ShopPageOptions): Promise<ShopPage> {
  const script = await bundle(code);
  const server = await serve(script);
  // A server on TCP has an address with a port.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await launch();
  const page = await (await browser.newContext({ userAgent: CUSTOMER })).newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  const strangers: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    const known = url.protocol === 'data:' || url.origin === origin || url.origin === engine;
    if (!known) strangers.push(request.url());
  });
  await page.goto(`${origin}/p/spu-1`);
  return {
    page,
    origin,
    strangers,
    said,
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function launch(): Promise<Browser> {
  return await chromium.launch({
    executablePath: requireServer('chromium'),
    // In containers there is neither a sandbox nor much shared memory. Requests are not intercepted, because the browser
    // would not ask for CORS then; names of other hosts are not found instead.
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      // Libraries send nothing from a browser that says that a program drives it.
      '--disable-blink-features=AutomationControlled',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    timeout: 110_000,
  });
}

async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT, sourcefile: 'snippet.js', loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? '';
}

async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/app.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    } else {
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(
          '<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>',
        );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
