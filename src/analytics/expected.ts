import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { UNATTRIBUTED } from '../model/keys.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../model/time.ts';
import type { Ask } from './analysis.ts';
import { goodsSql } from './goods-sql.ts';
import { byPerson, listed, moment, quoted, THEN } from './sql-pieces.ts';

/*
 * Whom a store may expect: who has an appointment in it, whose order waits there to be picked up, and who has a full cart and is at
 * home in it. Home is the store in which somebody bought most often in a year (of equals the one bought in last), and for
 * those who bought in none the one entered last. A cart is full while something was put into it after the last order, and
 * was not taken out again.
 */
export interface ExpectedQuestion {
  readonly store: string;
  readonly now: EpochMs;
  /** Appointments of so many days to come. */
  readonly days: number;
  readonly rowsMax: number;
}

export interface Expectation {
  readonly reason: 'appointment' | 'pickup' | 'cart';
  /** As it is called today; undefined where nobody is known. */
  readonly profile: string | undefined;
  /** When they are to come, when the order was ready, or when the cart was filled last. */
  readonly at: EpochMs;
  readonly detail: JsonObject;
}

const PROPERTY = (name: string): string => `JSONExtractString(raw, 'properties', '${name}')`;
/** A store that the event itself names goes before the one that it came from. */
const STORE = `if(${PROPERTY('store')} = '', toString(store), ${PROPERTY('store')})`;
const TIME = (name: string): string =>
  `toUnixTimestamp64Milli(ifNull(parseDateTime64BestEffortOrNull(${PROPERTY(name)}, 3, 'UTC'), toDateTime64(0, 3, 'UTC')))`;
const LAST = '(time, source, event_id)';

export async function expected(question: ExpectedQuestion, ask: Ask): Promise<readonly Expectation[]> {
  const found: Expectation[] = [];
  for (const row of await ask(appointmentsSql(question)))
    found.push({
      ...{ reason: 'appointment', profile: profileOf(row), at: Number(row.at) },
      detail: given({ appointment_id: row.appointment, service: row.service, associate_id: row.associate }),
    });
  for (const row of await ask(pickupsSql(question)))
    found.push({
      ...{ reason: 'pickup', profile: profileOf(row), at: Number(row.at) },
      detail: {
        ...given({ order_id: row.order_id }),
        until: Number(row.until) === 0 ? null : Number(row.until),
      },
    });
  for (const row of await ask(cartsSql(question)))
    found.push({
      ...{ reason: 'cart', profile: profileOf(row), at: Number(row.at) },
      detail: { items: Array.isArray(row.items) ? row.items.map(String) : [] },
    });
  return found;
}

function profileOf({ person }: JsonObject): string | undefined {
  return person === UNATTRIBUTED || person === '' ? undefined : String(person);
}

/** What is empty was not said. */
function given(detail: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(detail).filter(([, value]) => value !== '' && value !== undefined),
  );
}

/** `byPerson` leaves nobody out, whom a store expects all the same. */
function orNobody(gathered: string, columns: string): string {
  return (
    `(SELECT person, ${columns} FROM ${byPerson(gathered)} UNION ALL ` +
    `SELECT '', ${columns} FROM (${gathered}) WHERE then = '${UNATTRIBUTED}')`
  );
}

/** The last word on each appointment; one that began an hour ago may still come. */
function appointmentsSql({ store, now, days, rowsMax }: ExpectedQuestion): string {
  const told =
    `SELECT argMax((facet_id, profile_id, ${STORE}, ${TIME('starts_at')}, ${PROPERTY('status')}, ${PROPERTY('service')}, ` +
    `${PROPERTY('associate_id')}), ${LAST}) AS fact, ` +
    `if(${PROPERTY('appointment_id')} = '', event_id, ${PROPERTY('appointment_id')}) AS appointment FROM events ` +
    `WHERE type = 'appointment_booked' AND time >= ${moment(now - 366 * DAY_MS)} GROUP BY appointment`;
  const named =
    `SELECT fact.1 AS facet_id, fact.2 AS then, fact.3 AS place, fact.4 AS at, fact.5 AS status, fact.6 AS service, ` +
    `fact.7 AS associate, appointment FROM (${told}) WHERE place = ${quoted(store)} AND status IN ('', 'booked', 'moved') ` +
    `AND at >= ${now - HOUR_MS} AND at < ${now + days * DAY_MS}`;
  return `SELECT * FROM ${orNobody(named, 'at, service, associate, appointment')} ORDER BY at, appointment LIMIT ${rowsMax}`;
}

/** Orders that are ready, and neither picked up nor cancelled, nor past the time for which they are kept. */
function pickupsSql({ store, now, rowsMax }: ExpectedQuestion): string {
  const since = moment(now - limits.expectedPickupDays * DAY_MS);
  const done =
    `SELECT ${PROPERTY('order_id')} FROM events WHERE type IN ('order_picked_up', 'order_delivered', 'order_cancelled') ` +
    `AND time >= ${since}`;
  const told =
    `SELECT ${PROPERTY('order_id')} AS number, argMax((facet_id, profile_id, ${STORE}, toUnixTimestamp64Milli(time), ` +
    `${TIME('hold_until')}), ${LAST}) AS fact FROM events WHERE type = 'order_ready_for_pickup' AND time >= ${since} GROUP BY number`;
  const named =
    `SELECT fact.1 AS facet_id, fact.2 AS then, fact.3 AS place, fact.4 AS at, fact.5 AS until, number FROM (${told}) ` +
    `WHERE place = ${quoted(store)} AND (until = 0 OR until > ${now}) AND number NOT IN (${done})`;
  return (
    `SELECT person, at, until, number AS order_id FROM ${orNobody(named, 'at, until, number')} ` +
    `ORDER BY at, order_id LIMIT ${rowsMax}`
  );
}

const ORDERED = ['order_placed', 'order_completed'];

function cartsSql(question: ExpectedQuestion): string {
  const carts = filledSql(question);
  return (
    `SELECT person, at, items FROM (${carts}) WHERE person IN (${homeSql(question, `SELECT person FROM (${carts})`)}) ` +
    `ORDER BY at DESC, person LIMIT ${question.rowsMax}`
  );
}

/** Carts that hold something, by person. */
function filledSql({ now }: ExpectedQuestion): string {
  const told =
    `SELECT facet_id, ${THEN}, maxIf(toUnixTimestamp64Milli(time), type IN (${listed(ORDERED)})) AS ordered, ` +
    `groupArrayIf((item_id, toUnixTimestamp64Milli(time), type = 'product_added'), type NOT IN (${listed(ORDERED)})) AS own FROM events ` +
    `WHERE type IN (${listed(['product_added', 'product_removed', ...ORDERED])}) ` +
    `AND time >= ${moment(now - limits.expectedCartDays * DAY_MS)} AND profile_id != '${UNATTRIBUTED}' GROUP BY facet_id`;
  const people = `SELECT person, max(ordered) AS last_order, groupArrayArray(own) AS told FROM ${byPerson(told)} GROUP BY person`;
  // Of each item the last that was done with it; of the same moment, putting it in.
  const filled =
    `SELECT person, item, max((step.2, step.3)) AS last FROM (SELECT person, arrayJoin(arrayFilter(s -> s.2 > last_order, told)) AS step, ` +
    `step.1 AS item FROM (${people})) GROUP BY person, item HAVING last.2 = 1`;
  return `SELECT person, max(last.1) AS at, arraySort(groupArray(item)) AS items FROM (${filled}) GROUP BY person`;
}

/** Who of these people is at home in the store. */
function homeSql({ store, now }: ExpectedQuestion, people: string): string {
  const from = now - limits.expectedHomeDays * DAY_MS;
  // Whoever they are today: their facets were theirs when something happened, or have moved since.
  const among = `(profile_id IN (${people}) OR facet_id IN (SELECT facet_id FROM facets_moved))`;
  const bought =
    `SELECT person, store AS place, count() AS orders, max(at) AS last FROM ` +
    `${byPerson(goodsSql({ from, to: now, soldIn: true, among }))} WHERE store != '' GROUP BY person, place`;
  const entered =
    `SELECT facet_id, ${THEN}, ${STORE} AS place, max(toUnixTimestamp64Milli(time)) AS last FROM events WHERE type = 'store_entered' ` +
    `AND ${among} AND time >= ${moment(from)} AND profile_id != '${UNATTRIBUTED}' GROUP BY facet_id, place`;
  const visits =
    `SELECT person, place, toUInt64(0) AS orders, max(last) AS last FROM ${byPerson(entered)} ` +
    `WHERE place != '' GROUP BY person, place`;
  return (
    `SELECT person FROM (${bought} UNION ALL ${visits}) GROUP BY person ` +
    `HAVING argMax(place, (orders, last, place)) = ${quoted(store)}`
  );
}
