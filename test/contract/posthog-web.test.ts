import { describePage } from './support/page-contract.ts';

describePage({
  library: 'posthog-js',
  snippet: 'posthog-web',
  through: 'through an outage, a restart and repeats',
  // The library drops what is answered with 429, so the engine says 503 on its paths (test/ingest/dialects/posthog.test.ts).
  faults: [503, 'restart'],
  isDelivery: ({ method, path }) => method === 'POST' && path.startsWith('/e'),
});
