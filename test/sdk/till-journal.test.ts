import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

interface Sale {
  readonly id: string;
}
interface Journal {
  addToJournal(file: string, sale: Sale): void;
  sendJournal(options: {
    readonly file: string;
    readonly send: (sales: readonly Sale[]) => Promise<{ accepted: number; rejected: readonly unknown[] }>;
    readonly say: (text: string) => void;
  }): Promise<void>;
}

const MODULE = new URL('../../deploy/examples/pos/till-journal.mjs', import.meta.url).href;
// The example is plain JavaScript, which has no types of its own.
const { addToJournal, sendJournal } = (await import(MODULE)) as Journal;

describe('the journal of a till', () => {
  const dir = mkdtempSync(join(tmpdir(), 'till-journal-'));
  const file = join(dir, 'journal.ndjson');
  afterAll(() => rmSync(dir, { recursive: true }));
  beforeEach(() => writeFileSync(file, ''));

  const sendAll = async (duringSend: () => void = () => undefined) => {
    const chunks: string[][] = [];
    const said: string[] = [];
    const send = async (sales: readonly Sale[]) => {
      chunks.push(sales.map(({ id }) => id));
      duringSend();
      return { accepted: sales.length, rejected: [] };
    };
    await sendJournal({ file, send, say: (text) => said.push(text) });
    return { chunks, said };
  };

  it('goes on behind a line that was half written', async () => {
    addToJournal(file, { id: 'a' });
    appendFileSync(file, '{"id":"lo');
    addToJournal(file, { id: 'b' });
    const { chunks, said } = await sendAll();
    expect(chunks).toEqual([['a', 'b']]);
    expect(said).toEqual([
      'Lines of the journal that cannot be read are left out: 1.',
      'Sent from the journal: 2 sales, 0 refused.',
    ]);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('goes in requests of 500', async () => {
    for (let i = 0; i < 501; i += 1) appendFileSync(file, `{"id":"${i}"}\n`);
    expect((await sendAll()).chunks.map(({ length }) => length)).toEqual([500, 1]);
  });

  it('keeps what another till adds while it is sent', async () => {
    addToJournal(file, { id: 'é' });
    await sendAll(() => addToJournal(file, { id: 'later' }));
    expect(readFileSync(file, 'utf8')).toBe('{"id":"later"}\n');
  });

  it('keeps everything where sending fails', async () => {
    addToJournal(file, { id: 'a' });
    const fail = () => {
      throw new RangeError('away');
    };
    await expect(sendAll(fail)).rejects.toThrow('away');
    expect(readFileSync(file, 'utf8')).toBe('{"id":"a"}\n');
  });
});
