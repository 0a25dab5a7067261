import { QuarantineReader } from '../desks/quarantine/quarantine-reader.ts';
import type { HttpParts } from '../http-role.ts';
import { createReplay, type ReplayOptions } from '../ingest/replay-kept.ts';
import { QuarantineReplays } from '../jobs/quarantine-replays.ts';
import type { ReadServices } from '../serve/services.ts';

/** What is kept because it is not valid, and how it is sent on its way again. */
export function createQuarantineServices(
  parts: HttpParts,
  taking: Pick<ReplayOptions, 'dialects' | 'bodies' | 'sealer' | 'admitting'>,
): Pick<ReadServices, 'quarantine' | 'quarantineReplays'> {
  const { history, metrics } = parts;
  const replay = createReplay({ ...parts, ...taking, tally: metrics.events });
  return {
    quarantine: new QuarantineReader({ history, sealer: taking.sealer }),
    quarantineReplays: new QuarantineReplays({ ...parts, replay }),
  };
}
