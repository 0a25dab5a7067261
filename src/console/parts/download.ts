import { readProblem } from '../../sdk/client/tessera-api-error.ts';
import { session } from '../session.ts';

/** Saves what the engine has at an address of its own as a file, byte for byte. */
export async function download(path: string, name: string): Promise<void> {
  const response = await fetch(path, {
    headers: { authorization: `Bearer ${session.value?.key ?? ''}` },
  });
  if (!response.ok) throw await readProblem(response);
  const address = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
