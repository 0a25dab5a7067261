import { TesseraError } from '../errors.ts';
import { LocalPeriods } from '../model/local-periods.ts';
import { MESSAGING_BEFORE_ANY, type MessagingDefinition } from '../model/messaging.ts';
import { type Zone, Zones } from '../model/zone.ts';
import { type CompiledCap, compileCap } from './limits/caps.ts';
import { type CompiledGuard, type ConditionNames, compileGuards } from './limits/guards.ts';
import { type CompiledQuietHours, compileQuietHours } from './limits/quiet-hours.ts';

/** What holds for the messages of all triggers, made ready. */
export interface CompiledMessaging {
  readonly definition: MessagingDefinition;
  readonly zones: Zones;
  /** Of customers who have none of their own. */
  readonly zone: Zone;
  /** When snapshots of profiles are due; undefined: never. */
  readonly snapshots: LocalPeriods | undefined;
  readonly caps: readonly CompiledCap[];
  readonly quietHours: CompiledQuietHours | undefined;
  /** In the order in which they are taken. */
  readonly channels: readonly string[];
  readonly groups: ReadonlyMap<string, CompiledGroup>;
}

export interface CompiledGroup {
  readonly atOnce: number;
  readonly guards: readonly CompiledGuard[];
}

/** Fails with `invalid_definition` and the place. */
export function compileMessaging(
  definition: MessagingDefinition,
  names: ConditionNames = {},
): CompiledMessaging {
  const { quiet_hours: hours, channels } = definition;
  const zones = new Zones();
  const zone = zones.find(definition.zone) ?? refuse('/zone', `there is no zone ${definition.zone}`);
  if (!Object.hasOwn(channels, definition.service_channel))
    refuse('/service_channel', `there is no channel ${definition.service_channel}`);
  for (const [name, { quota }] of Object.entries(channels))
    if (quota !== undefined && names.features?.has(quota.feature) === false)
      refuse(`/channels/${name}/quota/feature`, `there is no feature "${quota.feature}"`);
  return {
    definition,
    zones,
    zone,
    snapshots: definition.snapshots && new LocalPeriods(zone, definition.snapshots),
    caps: definition.caps.map((cap, index) => compileCap(cap, { path: `/caps/${index}`, own: false })),
    quietHours: hours && compileQuietHours(hours, '/quiet_hours'),
    channels: inOrder(channels),
    groups: new Map(
      Object.entries(definition.groups).map(([name, { at_once, guards }]) => [
        name,
        {
          atOnce: at_once ?? Number.POSITIVE_INFINITY,
          guards: compileGuards(guards, { ...names, path: `/groups/${name}/guards` }),
        },
      ]),
    ),
  };
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `messaging: ${path}: ${why}`, { path });
}

/** By their order, then by name. */
function inOrder(channels: MessagingDefinition['channels']): readonly string[] {
  return Object.entries(channels)
    .sort(([a, { order: first }], [b, { order: second }]) => first - second || (a < b ? -1 : 1))
    .map(([name]) => name);
}

/** A definition as its author wrote it, with every default; the schema has checked its shape. */
export function completeMessaging(written: Partial<MessagingDefinition>): MessagingDefinition {
  const {
    description,
    quiet_hours,
    snapshots,
    occasions,
    channels = MESSAGING_BEFORE_ANY.channels,
  } = written;
  const usual = MESSAGING_BEFORE_ANY.service_channel;
  return {
    name: 'default',
    ...(description === undefined ? {} : { description }),
    zone: written.zone ?? MESSAGING_BEFORE_ANY.zone,
    caps: written.caps ?? [],
    ...(quiet_hours === undefined ? {} : { quiet_hours }),
    channels,
    service_channel:
      written.service_channel ?? (Object.hasOwn(channels, usual) ? usual : (inOrder(channels)[0] ?? usual)),
    groups: written.groups ?? {},
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(occasions === undefined ? {} : { occasions }),
  };
}
