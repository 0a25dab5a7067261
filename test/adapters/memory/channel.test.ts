import { createMemoryChannel } from '../../../src/adapters/memory/channel.ts';
import { describeChannel } from '../../conformance/channel.ts';

describeChannel({
  name: 'memory',
  createHome: async () => {
    const channel = createMemoryChannel();
    return {
      open: async () => channel,
      settled: () => new Promise((resolve) => setImmediate(resolve)),
      remove: async () => undefined,
    };
  },
});
