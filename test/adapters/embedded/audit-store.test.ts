import { join } from 'node:path';
import { openAuditStore } from '../../../src/adapters/embedded/audit-store.ts';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { createMemoryAuditStore } from '../../../src/adapters/memory/audit-store.ts';
import { describeAuditStore } from '../../conformance/audit-store.ts';
import { createTemporaryDirectory } from '../temporary-directory.ts';

describeAuditStore({
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
        return openAuditStore(environment);
      },
      close: async () => environment?.close(),
      remove: async () => directory.remove(),
    };
  },
});

describeAuditStore({
  name: 'memory',
  keeps: false,
  createHome: async () => ({
    open: async () => createMemoryAuditStore(),
    close: async () => undefined,
    remove: async () => undefined,
  }),
});
