import { describe, expect, it } from 'vitest';
import { compileSlots } from '../../src/features/clock-slots.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { Zones } from '../../src/model/zone.ts';

function slotAt(
  of: string,
  time: string,
  zones: { zone?: string; timezone?: unknown } = {},
): number | undefined {
  const { zone, timezone } = zones;
  const definition: FeatureDefinition = {
    name: 'slots',
    on: ['product_viewed'],
    aggregate: 'histogram',
    of,
    window: 'lifetime',
    ...(zone === undefined ? {} : { zone }),
  };
  const event: Event = {
    id: 'e-1',
    type: 'product_viewed',
    time: Date.parse(time),
    receivedAt: Date.parse(time),
    source: 'web',
    channel: 'web',
    claims: [],
    facet: 'f',
    properties: {},
    ...(typeof timezone === 'string' ? { context: { timezone } } : {}),
  };
  return compileSlots(definition, new Zones())(event)[0];
}

describe('the slot of an event', () => {
  it('is the hour of the zone, from 0 to 23', () => {
    expect(slotAt('hour', '2026-03-01T23:59:59Z')).toBe(23);
    expect(slotAt('hour', '2026-03-01T23:59:59Z', { zone: 'Asia/Shanghai' })).toBe(7);
    // The hour that Berlin leaves out, and the one that it has twice.
    expect(slotAt('hour', '2026-03-29T01:00:00Z', { zone: 'Europe/Berlin' })).toBe(3);
    expect(slotAt('hour', '2026-10-25T01:30:00Z', { zone: 'Europe/Berlin' })).toBe(2);
    expect(slotAt('hour', '1969-12-31T23:30:00Z')).toBe(23);
  });

  it('is the weekday there, Monday first', () => {
    expect(slotAt('weekday', '2026-03-02T00:00:00Z')).toBe(0);
    expect(slotAt('weekday', '2026-03-01T23:00:00Z')).toBe(6);
    expect(slotAt('weekday', '2026-03-01T23:00:00Z', { zone: 'Asia/Shanghai' })).toBe(0);
    expect(slotAt('weekday', '1969-12-31T12:00:00Z')).toBe(2);
  });

  it('follows the zone that the event names, where there is one of that name', () => {
    const zones = { zone: 'Asia/Shanghai', timezone: 'America/New_York' };
    expect(slotAt('hour', '2026-03-01T12:00:00Z', zones)).toBe(7);
    expect(slotAt('hour', '2026-03-01T12:00:00Z', { ...zones, timezone: 'Nowhere/At_All' })).toBe(20);
  });

  it('needs a zone that exists', () => {
    expect(() => slotAt('hour', '2026-03-01T12:00:00Z', { zone: 'Nowhere/At_All' })).toThrowError(/zone/);
  });
});
