import { describePage } from './support/page-contract.ts';

describePage({
  library: '@snowplow/browser-tracker',
  snippet: 'snowplow-web',
  through: 'through overload, outage, restart and repeats',
});
