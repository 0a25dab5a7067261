import { STORY } from './support/contract-rig.ts';
import { describePage } from './support/page-contract.ts';

describePage({
  library: 'sa-sdk-javascript',
  snippet: 'sensors-web',
  through: 'through overload, outage, restart and repeats',
  events: { ...STORY, profile_identified: 3 },
});
