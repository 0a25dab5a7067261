import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTlsFiles, renewTls } from '../../src/engine/tls-files.ts';
import { createLogger } from '../../src/serve/logger.ts';
import { openServerFrame } from '../../src/serve/server-frame.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const directory = mkdtempSync(join(tmpdir(), 'tessera-tls-'));
const config = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
const hasOpenSsl = ((): boolean => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

/** A certificate of its own with this name, in both files. */
function certify(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', config.keyFile, '-out', config.certFile];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.skipIf(!hasOpenSsl)('a certificate (skipped where there is no openssl)', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  let app: ReturnType<typeof openServerFrame>;
  let renewal: ReturnType<typeof renewTls>;

  beforeAll(async () => {
    certify('first.example');
    const files = await readTlsFiles(config);
    app = openServerFrame({ logger, tls: files });
    renewal = renewTls(app.server, { config, files, logger, everyMs: 20 });
    app.get('/', async () => 'over TLS');
    await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await renewal?.stop();
    await app?.close();
  });

  async function shownName(): Promise<string | undefined> {
    // An HTTPS server on TCP has an address with a port.
    const { port } = app.server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return Array.isArray(name) ? name[0] : name;
  }

  it('is shown by the server, and a renewed one as soon as both of its files are there', async () => {
    expect(await shownName()).toBe('first.example');
    // Half of a renewal: the files do not fit each other, and the old certificate stays.
    const warned = (): number => lines.filter((line) => line.includes('stays as it is')).length;
    writeFileSync(config.keyFile, 'no key');
    await waitUntil('it was looked at', () => warned() > 0);
    expect(await shownName()).toBe('first.example');
    certify('second.example');
    await waitUntil('the renewed one is shown', async () => (await shownName()) === 'second.example');
  });

  it('that cannot be read, or whose key is of another, is refused at the start without a word of it', async () => {
    const absent = { ...config, certFile: join(directory, 'absent.pem') };
    await expect(readTlsFiles(absent)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('TESSERA_TLS_CERT_FILE'),
    });
    await expect(readTlsFiles({ ...config, keyFile: config.certFile })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.not.stringContaining('BEGIN'),
    });
  });
});
