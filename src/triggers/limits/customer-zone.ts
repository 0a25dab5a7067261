import { ZONE_TRAIT } from '../../conditions/clock.ts';
import type { ProfileLookup } from '../../conditions/condition.ts';
import type { Zone } from '../../model/zone.ts';
import type { CompiledMessaging } from '../messaging.ts';

/** The zone of the customer's clock and calendar; that of everybody where they have none, or one that does not exist. */
export function customerZone(
  lookup: Pick<ProfileLookup, 'trait'>,
  { zones, zone }: Pick<CompiledMessaging, 'zones' | 'zone'>,
): Zone {
  const own = lookup.trait(ZONE_TRAIT);
  return (typeof own === 'string' ? zones.find(own) : undefined) ?? zone;
}
