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

/** The oldest one that is read as it is: its entries get today's form when they are written next. */
const DEPLOYMENT_FORMAT_READ = 2;

/** Whether this version works with a deployment of that format. */
export function isReadable(format: number): boolean {
  return format >= DEPLOYMENT_FORMAT_READ && format <= DEPLOYMENT_FORMAT;
}

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
  if (isReadable(format)) {
    // From here on versions before this one are refused. Another node may have said so meanwhile, and then nothing is replaced.
    const raised: Deployment = { ...found, format: DEPLOYMENT_FORMAT };
    if (format < DEPLOYMENT_FORMAT)
      await keys.replace(DEPLOYMENT, bytes, Buffer.from(JSON.stringify(raised)));
    return;
  }
  throw new TesseraError(
    'data_format',
    `this space has format ${format}, and this version works with ${DEPLOYMENT_FORMAT}: start nodes of the version that has written it`,
  );
}
