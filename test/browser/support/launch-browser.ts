import { type Browser, chromium } from 'playwright-core';
import { requireServer } from '../../support/find-server.ts';

/** Without a sandbox, which containers do not have, and without a graphics card. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: requireServer('chromium'),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: 110_000,
  });
}
