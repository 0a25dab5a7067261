import { describePage } from './support/page-contract.ts';

describePage({
  library: '@jitsu/js in a page',
  snippet: 'jitsu-web',
  through: 'though all of them arrive twice',
  faults: [],
});
