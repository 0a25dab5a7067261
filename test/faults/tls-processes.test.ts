import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { describeWith } from '../support/find-server.ts';
import { Deployment } from './deployment.ts';
import { takenBy } from './process-connection.ts';

const directory = mkdtempSync(join(tmpdir(), 'tessera-tls-processes-'));
const certFile = join(directory, 'cert.pem');
const keyFile = join(directory, 'key.pem');

/** A certificate of its own with this name; the files come into their places whole. */
function certify(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', `${keyFile}.new`, '-out', `${certFile}.new`];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  for (const file of [keyFile, certFile]) renameSync(`${file}.new`, file);
}

/** The processes behind the port, which is all that the supervisor has started. */
function processesOf({ process: supervisor }: RunningEngine): readonly number[] {
  const tasks = `/proc/${supervisor.pid}/task`;
  return readdirSync(tasks)
    .flatMap((thread) => readFileSync(`${tasks}/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '')
    .map(Number);
}

describeWith(['redis-server', 'nats-server'], 'two processes on one port with TLS (needs openssl)', () => {
  const deployment = new Deployment('tls');
  let node: RunningEngine;
  let pids: readonly number[];

  /** A new connection to this process. */
  function open(pid: number): Promise<TLSSocket> {
    const action = async (): Promise<TLSSocket> => {
      const socket = connect({ host: '127.0.0.1', port: node.port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return socket;
    };
    return takenBy(pid, { of: pids, action });
  }

  async function nameShownBy(pid: number): Promise<string> {
    const socket = await open(pid);
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  }

  beforeAll(async () => {
    certify('first.example');
    await deployment.start([]);
    const settings = {
      TESSERA_PROCESSES: '2',
      TESSERA_TLS_CERT_FILE: certFile,
      TESSERA_TLS_KEY_FILE: keyFile,
    };
    node = await deployment.startNode('a', { settings });
    pids = processesOf(node);
  }, 120_000);
  afterAll(async () => {
    await deployment.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it('show the certificate, a renewed one after a while, and keep the connections that are open', async () => {
    expect(pids).toHaveLength(2);
    const kept: TLSSocket[] = [];
    for (const pid of pids) {
      expect(await nameShownBy(pid)).toBe('first.example');
      kept.push(await open(pid));
    }
    certify('second.example');
    for (const pid of pids)
      await waitUntil('the renewed certificate', async () => (await nameShownBy(pid)) === 'second.example');
    for (const socket of kept) {
      socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer.toString('latin1').toLowerCase()).toContain('strict-transport-security');
    }
  }, 120_000);
});
