import { limits } from '../limits.ts';
import type { CatalogChange, CatalogStore, Datum, StoreEvent } from '../model/catalog.ts';
import type { JsonValue } from '../model/json.ts';
import { Zones } from '../model/zone.ts';
import { toWgs84 } from './datum.ts';
import { defined, Fields, misfit } from './fields.ts';

const STORE = [
  'store_id',
  'name',
  'aliases',
  'zone',
  'business_day_cutoff',
  'hours',
  'position',
  'geofence_meters',
  'events',
  'removed',
];
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
/** Closing time may be midnight. */
const CLOSING = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
const DATUMS: readonly string[] = ['wgs84', 'gcj02', 'bd09'];

/** Stores as `PUT /v1/catalog/stores` takes them. Throws `invalid_catalog` for the first row that does not fit. */
export function readStores(rows: readonly JsonValue[]): CatalogChange {
  const zones = new Zones();
  const stores = new Map<string, CatalogStore>();
  const removed = new Set<string>();
  for (const [n, row] of rows.entries()) {
    const fields = new Fields(row, `/${n}`, STORE);
    const id = fields.id('store_id');
    if (stores.has(id) || removed.has(id)) throw misfit(fields.place('store_id'), 'stands here twice');
    if (fields.flag('removed') === true) removed.add(id);
    else stores.set(id, readStore(id, fields, zones));
  }
  return { stores: [...stores.values()], removed_stores: [...removed] };
}

function readStore(store_id: string, fields: Fields, zones: Zones): CatalogStore {
  const zone = fields.text('zone');
  if (zone !== undefined && zones.find(zone) === undefined)
    throw misfit(fields.place('zone'), 'must be a time zone, such as Asia/Shanghai');
  return defined<CatalogStore>({
    store_id,
    name: fields.text('name'),
    aliases: fields.ids('aliases', limits.catalogAliasesMax),
    zone,
    business_day_cutoff: fields.pattern('business_day_cutoff', CLOCK, 'a time of day, such as 04:00'),
    hours: readHours(fields),
    position: readPosition(fields),
    geofence_meters: fields.number('geofence_meters', 1, limits.geofenceMetersMax),
    events: fields
      .list('events', limits.storeEventsMax)
      ?.map((row, n) => readEvent(row, `${fields.place('events')}/${n}`)),
  });
}

function readPosition(fields: Fields): CatalogStore['position'] {
  const value = fields.get('position');
  if (value === undefined) return undefined;
  const position = new Fields(value, fields.place('position'), ['latitude', 'longitude', 'datum']);
  const latitude = position.number('latitude', -90, 90);
  const longitude = position.number('longitude', -180, 180);
  const datum = position.text('datum') ?? 'wgs84';
  if (latitude === undefined || longitude === undefined)
    throw misfit(fields.place('position'), 'needs latitude and longitude');
  if (!DATUMS.includes(datum)) throw misfit(position.place('datum'), `must be one of ${DATUMS.join(', ')}`);
  // One of the three has just been found in the list.
  return toWgs84({ latitude, longitude }, datum as Datum);
}

function readHours(fields: Fields): CatalogStore['hours'] {
  const value = fields.get('hours');
  if (value === undefined) return undefined;
  const hours = new Fields(value, fields.place('hours'), WEEKDAYS);
  const days = WEEKDAYS.flatMap((day) => {
    const spans = hours.list(day, limits.storeSpansMax);
    return spans === undefined ? [] : [[day, spans.map((span) => readSpan(span, hours.place(day)))] as const];
  });
  return Object.fromEntries(days);
}

function readSpan(span: JsonValue, path: string): readonly [string, string] {
  const [from, to, ...more] = Array.isArray(span) ? span : [];
  if (
    typeof from !== 'string' ||
    typeof to !== 'string' ||
    more.length > 0 ||
    !CLOCK.test(from) ||
    !CLOSING.test(to)
  )
    throw misfit(path, 'must be spans such as ["10:00", "22:00"]');
  return [from, to];
}

function readEvent(row: JsonValue, path: string): StoreEvent {
  const fields = new Fields(row, path, ['name', 'from', 'until']);
  const [name, from, until] = [fields.text('name'), fields.time('from'), fields.time('until')];
  if (name === undefined || from === undefined || until === undefined || until <= from)
    throw misfit(path, 'needs a name, from and, after that, until');
  return { name, from, until };
}
