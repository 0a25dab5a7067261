import { join } from 'node:path';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { openKeyStore } from '../../../src/adapters/embedded/key-store.ts';
import { describeKeyStore } from '../../conformance/key-store.ts';
import { createTemporaryDirectory } from '../temporary-directory.ts';

describeKeyStore({
  name: 'embedded',
  createHome: async () => {
    const directory = createTemporaryDirectory();
    let environment: Environment | undefined;
    return {
      open: async () => {
        environment = new Environment(join(directory.path, 'log'), {
          full: 'log_full',
          failed: 'log_unavailable',
        });
        return openKeyStore(environment);
      },
      close: async () => environment?.close(),
      remove: async () => directory.remove(),
    };
  },
});
