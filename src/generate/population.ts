import type { Random } from './random.ts';
import { rates } from './rates.ts';
import { recycleNumbers } from './recycled-numbers.ts';
import type { Device, Duplicate, Household, Person, Store, Uses, World } from './world.ts';

const SURNAMES = ['Wang', 'Li', 'Zhang', 'Liu', 'Chen', 'Yang', 'Zhao', 'Huang', 'Zhou', 'Wu', 'Xu', 'Sun'];
const FIRST_A = [
  'Ming',
  'Hui',
  'Xin',
  'Yu',
  'Jia',
  'Zi',
  'Hao',
  'Li',
  'Mei',
  'Jun',
  'Wen',
  'Xiao',
  'Yi',
  'An',
];
const FIRST_B = ['yan', 'jie', 'lin', 'hua', 'rui', 'tong', 'fei', 'ting', 'ping', 'na', 'wei', 'chen', ''];
const SHELVES = 12;
/** Indexes of phone numbers that are nobody's first number start here. */
export const SECOND_PHONES = 30_000_000;

export interface PopulationOptions {
  readonly shoppers: number;
  readonly days: number;
  readonly random: Random;
}

/** The world on the day before the stream begins. */
export function createPopulation(options: PopulationOptions): World {
  return new Population(options).build();
}

class Population {
  readonly #options: PopulationOptions;
  readonly #random: Random;
  readonly #people: Person[] = [];
  readonly #households: Household[] = [];
  #devices = 0;

  constructor(options: PopulationOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  build(): World {
    const { shoppers, days } = this.#options;
    const stores = this.#stores();
    while (this.#people.length < shoppers) this.#household(stores);
    for (const store of stores) this.#staff(store);
    this.#collectors(stores);
    const testers = Math.max(1, Math.round(shoppers / rates.shoppersPerTester));
    for (let i = 0; i < testers; i++) this.#single('test', stores[i % stores.length] ?? stores[0]);
    const customers = this.#people.filter(({ kind }) => kind === 'customer');
    recycleNumbers(customers, { days, random: this.#random });
    return { people: this.#people, households: this.#households, stores, days };
  }

  #stores(): [Store, ...Store[]] {
    const count = Math.max(2, Math.round(this.#options.shoppers / rates.shoppersPerStore));
    const made = Array.from({ length: count }, (_, n) => this.#store(n));
    return [made[0] ?? this.#store(0), ...made.slice(1)];
  }

  #store(n: number): Store {
    const tablets = Array.from({ length: rates.tabletsPerStore }, () => this.#device('tablet', 'store'));
    return { n, code: `SH-${String(n + 1).padStart(3, '0')}`, associates: [], tablets };
  }

  #household(stores: readonly [Store, ...Store[]]): void {
    const random = this.#random;
    const left = this.#options.shoppers - this.#people.length;
    const size = Math.min(left, 1 + random.weighted(rates.householdSizes));
    const household = this.#emptyHousehold();
    const store = random.pick(stores);
    for (let i = 0; i < size; i++) this.#person('customer', household, store);
    if (size < 2) return;
    if (random.chance(rates.familyDevice)) {
      const form = random.pick(['app', 'browser'] as const);
      household.device = this.#device(form, 'family');
    }
    // Numbers of family cards lie above those of own ones.
    if (random.chance(rates.familyCard)) household.card = 1_000_000_000 + household.n;
    const [first, second] = household.people;
    if (!first?.member || !second?.member || !random.chance(rates.familyPhone)) return;
    household.phoneShared = true;
    second.phone = first.phone;
  }

  #staff(store: Store): void {
    for (let i = 0; i < rates.associatesPerStore; i++) store.associates.push(this.#single('staff', store));
  }

  /** A fixed share of a small number: by chance alone some worlds would have none of them. */
  #collectors(stores: readonly Store[]): void {
    const associates = stores.flatMap((store) => store.associates);
    const wanted = Math.max(1, Math.round(associates.length * rates.associateCollects));
    for (let chosen = 0; chosen < wanted; ) {
      const associate = associates[this.#random.below(associates.length)];
      if (associate === undefined || associate.collects) continue;
      associate.collects = true;
      chosen++;
    }
  }

  #single(kind: Person['kind'], store: Store): Person {
    return this.#person(kind, this.#emptyHousehold(), store);
  }

  #emptyHousehold(): Household {
    const surname = SURNAMES[this.#random.below(SURNAMES.length)] ?? 'Wang';
    const household: Household = {
      n: this.#households.length,
      surname,
      people: [],
      device: undefined,
      card: undefined,
      phoneShared: false,
    };
    this.#households.push(household);
    return household;
  }

  #person(kind: Person['kind'], household: Household, homeStore: Store): Person {
    const random = this.#random;
    const uses = this.#uses(kind);
    const customer = kind === 'customer';
    const member = !customer || random.chance(rates.memberAtStart);
    const joins = !member && random.chance(rates.joinsLater / (1 - rates.memberAtStart));
    const active = this.#active(customer);
    const n = this.#people.length;
    const person: Person = {
      n,
      kind,
      household,
      homeStore,
      name: `${household.surname} ${this.#pick(FIRST_A)}${this.#pick(FIRST_B)}`,
      shelves: [random.below(SHELVES), random.below(SHELVES)],
      ...active,
      phone: n,
      hasEmail: random.chance(rates.hasEmail),
      relay: random.chance(rates.relayEmail),
      uses,
      member,
      joins,
      reported: !member || (customer && !random.chance(rates.reportedByCrm)),
      duplicate: customer && member && uses.stores ? this.#duplicate(active) : undefined,
      cards: random.weighted([0.25, 0.6, 0.15]),
      app: uses.app ? this.#device('app', 'own') : undefined,
      browsers: this.#browsers(uses),
      recycled: undefined,
      collects: false,
      bound: { marketplace: false, miniProgram: 'no' },
    };
    household.people.push(person);
    this.#people.push(person);
    return person;
  }

  #uses(kind: Person['kind']): Uses {
    const random = this.#random;
    const customer = kind === 'customer';
    const uses = {
      web: random.chance(rates.usesWeb),
      app: random.chance(rates.usesApp),
      miniProgram: random.chance(rates.usesMiniProgram) && customer,
      stores: random.chance(rates.usesStores) && kind !== 'test',
      marketplace: random.chance(rates.usesMarketplace) && customer,
    };
    // Whoever uses nothing else is a shopper of the web shop.
    const any = uses.app || uses.miniProgram || uses.stores || uses.marketplace;
    return { ...uses, web: uses.web || !any };
  }

  #active(customer: boolean): { from: number; to: number } {
    const random = this.#random;
    const last = this.#options.days - 1;
    const from = customer && random.chance(rates.startsLate) ? random.between(0, last) : 0;
    const to = customer && random.chance(rates.stopsEarly) ? random.between(from, last) : last;
    return { from, to };
  }

  #duplicate({ from, to }: { from: number; to: number }): Duplicate | undefined {
    const random = this.#random;
    if (!random.chance(rates.duplicateMember) || to - from < 2) return undefined;
    const fromDay = random.between(from, to - 1);
    const merged = random.chance(rates.duplicateMerged) && fromDay + 1 <= this.#options.days - 1;
    return {
      fromDay,
      mergedDay: merged ? random.between(fromDay + 1, this.#options.days - 1) : undefined,
      samePhone: random.chance(rates.duplicateSamePhone),
      opened: false,
      merged: false,
    };
  }

  #browsers(uses: Uses): Device[] {
    if (!uses.web) return [];
    const first = this.#device('browser', 'own');
    return this.#random.chance(rates.secondBrowser) ? [first, this.#device('browser', 'own')] : [first];
  }

  #device(form: Device['form'], place: Device['place']): Device {
    const zeroId = form === 'app' && this.#random.chance(rates.zeroDeviceId);
    const n = this.#devices++;
    return { n, form, place, generation: 0, signedIn: undefined, busyUntil: 0, zeroId };
  }

  #pick(names: readonly string[]): string {
    return names[this.#random.below(names.length)] ?? '';
  }
}
