import { TesseraError } from '../errors.ts';
import type { KeyStore } from '../ports/keys.ts';

/** What the first node of a deployment fixes for all that follow. */
export interface Deployment {
  readonly fingerprint: string;
  readonly partitions: number;
  /** Of log and state on servers. Absent: 2, as deployments were founded that did not say so. */
  readonly format?: number;
}

/** Raised whenever the layout of log or state on servers changes. */
export const DEPLOYMENT_FORMAT = 3;

/** What is there of it is read as it is, and written anew when it changes; nodes that do not know the new one must not come back. */
const READ_AS_THEY_ARE: ReadonlySet<number> = new Set([2]);

/** No facet is called like that: their names hold no exclamation mark. */
export const DEPLOYMENT = '!deployment';

export function readDeployment(bytes: Uint8Array): Deployment;
export function readDeployment(bytes: Uint8Array | undefined): Deployment | undefined;
export function readDeployment(bytes: Uint8Array | undefined): Deployment | undefined {
  // Written by the first node, as below.
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Deployment);
}

/** Fails with `key_mismatch`, `invalid_config` or `data_format` for a node that does not fit what was founded. */
export async function checkDeployment(keys: KeyStore, wanted: Deployment): Promise<void> {
  const bytes = await keys.putIfAbsent(
    DEPLOYMENT,
    Buffer.from(JSON.stringify({ format: DEPLOYMENT_FORMAT, ...wanted })),
  );
  const found = readDeployment(bytes);
  if (found.fingerprint !== wanted.fingerprint) {
    throw new TesseraError(
      'key_mismatch',
      'this space was founded under another master key: start every node with that one (TESSERA_MASTER_KEY)',
    );
  }
  if (found.partitions !== wanted.partitions) {
    throw new TesseraError(
      'invalid_config',
      `this space has ${found.partitions} partitions, which cannot change: start with TESSERA_PARTITIONS=${found.partitions}`,
    );
  }
  const { format = 2 } = found;
  if (format === DEPLOYMENT_FORMAT) return;
  if (READ_AS_THEY_ARE.has(format)) {
    const raised = Buffer.from(JSON.stringify({ ...found, format: DEPLOYMENT_FORMAT }));
    // Where another node was faster, it has written the same, or says itself what is wrong.
    if (!(await keys.replace(DEPLOYMENT, bytes, raised))) await checkDeployment(keys, wanted);
    return;
  }
  throw new TesseraError(
    'data_format',
    `this space has format ${format}, and this version works with ${DEPLOYMENT_FORMAT}: start nodes of the version that has written it`,
  );
}
