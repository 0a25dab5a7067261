import { DAY_MS, type EpochMs, HOUR_MS } from '../model/time.ts';
import { type IdentifierValues, ZERO_UUID } from './identifier-values.ts';
import { SECOND_PHONES } from './population.ts';
import type { Device, Person } from './world.ts';

/** An identifier that truly names a person, and while it did. */
export interface TrueIdentifier {
  readonly type: string;
  readonly value: string;
  /** Others use it as well. */
  readonly shared?: true;
  readonly from?: EpochMs;
  readonly until?: EpochMs;
}

export interface PersonTruth {
  readonly person: number;
  readonly household: number;
  readonly kind: Person['kind'];
  readonly identifiers: readonly TrueIdentifier[];
}

interface TruthScope {
  readonly values: IdentifierValues;
  readonly firstDay: EpochMs;
}

/** What names this person, whether or not an event ever said so. */
export function truthOf(person: Person, scope: TruthScope): PersonTruth {
  const { values } = scope;
  const { household } = person;
  const found: TrueIdentifier[] = [{ type: 'user_id', value: values.user(person) }];
  found.push({ type: 'member_id', value: values.member(person) });
  if (person.kind !== 'test') found.push(...phones(person, scope));
  if (person.duplicate !== undefined) {
    found.push({ type: 'member_id', value: values.member(person, 'second') });
    if (!person.duplicate.samePhone)
      found.push({ type: 'phone', value: values.phone(SECOND_PHONES + person.n) });
  }
  if (person.hasEmail) found.push({ type: 'email', value: values.email(person) });
  found.push({ type: 'wechat_unionid', value: values.unionId(person) });
  found.push({ type: 'wechat_openid@wx3fa1c8', value: values.openId(person) });
  found.push({ type: 'taobao_openid', value: values.marketplaceId(person) });
  for (let card = 0; card < person.cards; card++)
    found.push({ type: 'card_hash', value: values.card(person.n * 2 + card) });
  for (const device of person.app === undefined ? person.browsers : [person.app, ...person.browsers])
    found.push(...deviceIds(device, values));
  if (household.device !== undefined) found.push(...deviceIds(household.device, values).map(asShared));
  if (household.card !== undefined)
    found.push({ type: 'card_hash', value: values.card(household.card), shared: true });
  return { person: person.n, household: household.n, kind: person.kind, identifiers: found };
}

function phones(person: Person, { values, firstDay }: TruthScope): TrueIdentifier[] {
  const { recycled, phone, household } = person;
  const current = { type: 'phone', value: values.phone(phone) };
  if (recycled === undefined) {
    const shared = household.phoneShared && household.people.indexOf(person) < 2;
    return [shared ? asShared(current) : current];
  }
  const value = values.phone(recycled.phone);
  // Late sales and refunds of the old owner lie between the two; the middle of the silence parts them.
  const handedOver =
    firstDay + Math.floor((recycled.untilDay + recycled.fromDay) / 2) * DAY_MS + 12 * HOUR_MS;
  const period: TrueIdentifier =
    recycled.role === 'before'
      ? { type: 'phone', value, until: handedOver }
      : { type: 'phone', value, from: handedOver };
  return recycled.phone === phone ? [period] : [period, current];
}

function deviceIds(device: Device, values: IdentifierValues): TrueIdentifier[] {
  const found: TrueIdentifier[] = [];
  if (device.form !== 'tablet')
    for (let generation = 0; generation <= device.generation; generation++)
      found.push({ type: 'anonymous_id', value: values.cookie(device, generation) });
  if (device.form === 'app' && !device.zeroId)
    found.push({ type: 'device_id', value: values.device(device) });
  return found.filter(({ value }) => value !== ZERO_UUID);
}

function asShared(identifier: TrueIdentifier): TrueIdentifier {
  return { ...identifier, shared: true };
}
