import { canonical } from './canonical.ts';
import { cloudevents } from './cloudevents.ts';
import type { Dialect } from './dialect.ts';
import { growingio } from './growingio/growingio.ts';
import { jitsu } from './jitsu.ts';
import { measurementProtocol } from './measurement-protocol.ts';
import { posthog } from './posthog/posthog.ts';
import { rudderstack } from './rudderstack.ts';
import { segment } from './segment.ts';
import { sensors } from './sensors/sensors.ts';
import { shopify } from './shopify/shopify.ts';
import { snowplow } from './snowplow/snowplow.ts';

/** Every protocol that is spoken to. Paths are all different, so the order says nothing. */
export const allDialects: readonly Dialect[] = [
  canonical,
  segment,
  rudderstack,
  jitsu,
  posthog,
  sensors,
  measurementProtocol,
  cloudevents,
  snowplow,
  shopify,
  growingio,
];
