import { describe, expect, it } from 'vitest';
import { createCommandKeySource } from '../../../src/adapters/command/master-key.ts';
import { limits } from '../../../src/limits.ts';

const read = (command: string) => createCommandKeySource(command).read();

describe('a master key from a command', () => {
  it('is what the command prints, whatever the bytes', async () => {
    expect(Buffer.from(await read("printf '\\377\\000\\012'"))).toEqual(Buffer.from([255, 0, 10]));
  });

  it('fails without a word of what was printed, where the command fails, prints too much or is not there', async () => {
    for (const command of [
      'echo the-secret; echo the-secret >&2; exit 3',
      `head -c ${limits.masterKeyOutputBytesMax + 1} /dev/zero | tr '\\0' the-secret`,
      'no-such-command-the-secret',
    ]) {
      const failure = await read(command).then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      expect(failure).toMatchObject({ code: 'master_key_unavailable' });
      expect(`${failure?.message} ${String(failure?.cause)}`).not.toContain('the-secret');
    }
  });

  it('does not wait for what nobody will type', async () => {
    expect(await read('cat')).toHaveLength(0);
  });
});
