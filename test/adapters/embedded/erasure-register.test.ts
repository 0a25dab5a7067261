import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openErasureRegister, registerBeside } from '../../../src/adapters/embedded/erasure-register.ts';
import type { ErasureFrame } from '../../../src/model/erasure.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const OURS = 'a1b2';

const erasure = (id: string, changes: Partial<ErasureFrame> = {}): ErasureFrame => ({
  id,
  author: 'server',
  at: 5,
  profiles: ['p-1'],
  tombstones: ['0a1b2c3d'],
  ...changes,
});

describe('the register of erasures', () => {
  let directory: TemporaryDirectory;
  let path: string;
  beforeEach(() => {
    directory = createTemporaryDirectory();
    path = join(directory.path, 'not-there-yet', 'erasures');
  });
  afterEach(() => directory.remove());
  const open = (deployment = OURS) => openErasureRegister(path, deployment);

  it('keeps what is added, in its order, and the last word on each', async () => {
    const register = await open();
    expect(register.all()).toEqual([]);
    const more = erasure('e-1', { profiles: ['p-1', 'p-2'] });
    for (const each of [erasure('e-1'), erasure('e-2'), more, more]) register.add(each);
    expect(register.all()).toEqual([more, erasure('e-2')]);
    expect((await open()).all()).toEqual([more, erasure('e-2')]);
    // The same one again is no line.
    expect(readFileSync(path, 'utf8').match(/\n/g)).toHaveLength(3);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('knows nothing of other deployments, and leaves their lines', async () => {
    (await open('another')).add(erasure('e-1'));
    const register = await open();
    expect(register.all()).toEqual([]);
    register.add(erasure('e-2'));
    expect((await open('another')).all()).toEqual([erasure('e-1')]);
  });

  it('forgets a line that a crash has cut, at each byte of it, and goes on behind what is whole', async () => {
    (await open()).add(erasure('e-1'));
    const whole = statSync(path).size;
    (await open()).add(erasure('e-2'));
    const line = readFileSync(path).subarray(whole);
    for (let left = 0; left < line.byteLength; left += 1) {
      truncateSync(path, whole);
      appendFileSync(path, line.subarray(0, left));
      const register = await open();
      expect(register.all()).toEqual([erasure('e-1')]);
      register.add(erasure('e-3'));
      expect((await open()).all()).toEqual([erasure('e-1'), erasure('e-3')]);
    }
  });

  it.each([
    'no JSON',
    '[]',
    '{"deployment":"a1b2"}',
    '{"deployment":"a1b2","id":"e","author":"x","at":1,"profiles":[1],"tombstones":[]}',
  ])('says which line it does not understand: %s', async (line) => {
    (await open()).add(erasure('e-1'));
    appendFileSync(path, `${line}\n`);
    await expect(open()).rejects.toMatchObject({
      code: 'register_unavailable',
      message: expect.stringContaining('line 2'),
    });
  });

  it('says when it cannot be written', async () => {
    const register = await openErasureRegister(join(path, 'below'), OURS);
    writeFileSync(join(directory.path, 'not-there-yet'), '');
    expect(() => register.add(erasure('e-1'))).toThrow(
      expect.objectContaining({ code: 'register_unavailable' }),
    );
  });

  it('lies beside a data directory', () => {
    expect(registerBeside('/var/lib/tessera/')).toBe('/var/lib/tessera.erasures');
  });
});
