import { formatCount } from '../progress.ts';
import type { DemoWishes } from './play-demo.ts';
import type { Tally } from './tally.ts';

export interface DemoBanner extends DemoWishes {
  readonly version: string;
  readonly address: string;
  readonly secret_key: string;
  readonly data_directory: string;
}

/** Where to look, and at what. */
export function describeDemo({
  version,
  address,
  secret_key,
  data_directory,
  people,
  seed,
}: DemoBanner): string {
  return `
  Tessera ${version}   demo: ${formatCount(people)} seeded shoppers (seed ${seed}), not for production

  console      ${address}/#key=${secret_key}
  data         ${data_directory}

  what to look at, once the shops are open:

  Live         events by channel, triggers as they fire, and what was held back and why
  Customers    click a firing to see who it is; search for a phone number or an account
  Debugger     one event on its way; what is in quarantine, and why
  Insight      RFM, funnel, retention, channels
  Store        ${address}/#/store/SH-001: who comes in, and what to offer

  In another terminal:

  export TESSERA_SECRET_KEY=${secret_key}
  curl -sN ${address}/v1/stream/triggers -H "Authorization: Bearer $TESSERA_SECRET_KEY"

`;
}

export function describeOpening(rate: number): string {
  return `  The shops are open: about ${rate} requests a second. Ctrl-C ends it.\n`;
}

export function describePast(events: number): string {
  const past =
    events === 0
      ? 'The past is there already'
      : `${formatCount(events)} events of the past are told: reports and value have it now`;
  return `  ${past}.\n`;
}

export function describeEnd({ events, quarantined, recommendations, stories, broken }: Tally): string {
  const lost = [...broken].map(([code, count]) => `, ${formatCount(count)} broken off (${code})`).join('');
  return (
    `  ${formatCount(stories)} stories told${lost}: ${formatCount(events)} events, ` +
    `${formatCount(quarantined)} of them in quarantine, ${formatCount(recommendations)} questions for recommendations.\n`
  );
}
