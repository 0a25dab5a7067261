import { exec } from 'node:child_process';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { MasterKeySource } from '../../ports/master-key.ts';

/**
 * The master key as a command prints it, such as the client of a key management service that unwraps it. The operator's
 * shell runs it once, at the start, within a time limit and a bound for its output.
 */
export function createCommandKeySource(command: string): MasterKeySource {
  return { read: () => run(command) };
}

function run(command: string): Promise<Uint8Array> {
  const bounds = {
    timeout: limits.masterKeyCommandMs,
    maxBuffer: limits.masterKeyOutputBytesMax,
    killSignal: 'SIGKILL',
    encoding: 'buffer',
    windowsHide: true,
  } as const;
  return new Promise((resolve, reject) => {
    const child = exec(command, bounds, (error, stdout) => {
      // What it printed, and the text of the error, may hold the key or credentials.
      if (error === null) resolve(stdout);
      else
        reject(new TesseraError('master_key_unavailable', `TESSERA_MASTER_KEY_COMMAND ${reasonOf(error)}`));
    });
    // It waits for nothing that it could be asked.
    child.stdin?.end();
  });
}

function reasonOf({ killed, code }: { killed?: boolean; code?: unknown }): string {
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return `printed more than ${limits.masterKeyOutputBytesMax} bytes`;
  if (killed === true) return `did not end within ${limits.masterKeyCommandMs / 1_000} seconds`;
  return typeof code === 'number' ? `ended with code ${code}` : 'could not be run';
}
