import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import {
  checkDeployment,
  DEPLOYMENT,
  DEPLOYMENT_FORMAT,
  readDeployment,
} from '../../src/engine/deployment.ts';

const ours = { fingerprint: 'f-1', partitions: 4 };

describe('what the first node of a deployment fixes', () => {
  it('holds for all that follow, and names what differs', async () => {
    const keys = createMemoryKeyStore();
    await checkDeployment(keys, ours);
    await checkDeployment(keys, ours);
    await expect(checkDeployment(keys, { ...ours, fingerprint: 'f-2' })).rejects.toMatchObject({
      code: 'key_mismatch',
    });
    await expect(checkDeployment(keys, { ...ours, partitions: 8 })).rejects.toThrow('TESSERA_PARTITIONS=4');
  });

  it('has a format: another one is refused, and one that does not say is the first', async () => {
    const founded = async (text: object) => {
      const keys = createMemoryKeyStore();
      await keys.putIfAbsent(DEPLOYMENT, Buffer.from(JSON.stringify(text)));
      return checkDeployment(keys, ours);
    };
    await founded(ours);
    await founded({ ...ours, format: DEPLOYMENT_FORMAT });
    await expect(founded({ ...ours, format: 1 })).rejects.toMatchObject({ code: 'data_format' });
    await expect(founded({ ...ours, format: DEPLOYMENT_FORMAT + 1 })).rejects.toMatchObject({
      code: 'data_format',
    });
  });

  it('is raised by the first node that reads an older one, so that versions before are refused', async () => {
    const keys = createMemoryKeyStore();
    await keys.putIfAbsent(DEPLOYMENT, Buffer.from(JSON.stringify({ ...ours, format: 2 })));
    await checkDeployment(keys, ours);
    expect(readDeployment(await keys.get(DEPLOYMENT))).toEqual({ ...ours, format: DEPLOYMENT_FORMAT });
    await checkDeployment(keys, ours);
  });
});
