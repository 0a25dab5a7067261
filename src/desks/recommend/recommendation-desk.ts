import { randomUUID } from 'node:crypto';
import type { CatalogFollower } from '../../background/catalog-follower.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { TesseraError } from '../../errors.ts';
import type { Link } from '../../model/identity.ts';
import type { JsonObject } from '../../model/json.ts';
import { keys } from '../../model/keys.ts';
import { formatMinor } from '../../model/money.ts';
import type { ChosenItems, RecommendedItem } from '../../model/recommendation.ts';
import type { ServedAnswer } from '../../model/served-answer.ts';
import type { ItemsToChoose } from '../../pipeline/waiting-firings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CompiledPlacement } from '../../recommend/compile-placements.ts';
import type { RecommendationQuery, RecommendedList } from '../../recommend/recommendation-query.ts';
import type { AskedIdentifier, RecommendationQuestion } from '../../serve/recommendation-service.ts';
import {
  type CommittedState,
  type CustomerAtHand,
  customerAtHand,
  personOf,
  textTrait,
} from './customer-at-hand.ts';

export interface RecommendationDeskOptions extends CommittedState {
  readonly definitions: Pick<Definitions, 'placements'> & Partial<Pick<Definitions, 'privacy'>>;
  readonly clock: Clock;
  readonly catalog: Pick<CatalogFollower, 'catalog'>;
  /** What everybody's deeds have taught so far; undefined where this node learns nothing. */
  readonly recommender: () => { recommend(query: RecommendationQuery): RecommendedList } | undefined;
  /** Keeps a record of what was answered. */
  readonly served: (answer: ServedAnswer) => void;
}

/** What is asked, with whoever asks. */
export interface DeskQuestion extends Omit<RecommendationQuestion, 'profile' | 'identifiers'> {
  readonly customer?: CustomerAtHand | undefined;
}

/** An answer before it is shown. */
export interface DeskAnswer extends RecommendedList {
  readonly id: string;
  readonly took_us: number;
}

/**
 * Answers recommendations: finds the customer in committed state, sees to their consent, asks the recommender of this node and
 * keeps a record. Reads state, and writes nothing there.
 */
export class RecommendationDesk {
  readonly #options: RecommendationDeskOptions;

  constructor(options: RecommendationDeskOptions) {
    this.#options = options;
  }

  /** By profile id, or else the first identifier that somebody holds; undefined where nobody is known. */
  async customerOf(
    profile: string | undefined,
    identifiers: readonly AskedIdentifier[] = [],
  ): Promise<CustomerAtHand | undefined> {
    if (profile !== undefined) return await customerAtHand(profile, this.#options);
    const { state, codec } = this.#options;
    const wanted = identifiers.map(({ type, hash }) => keys.link(type, hash));
    if (wanted.length === 0) return undefined;
    for (const [n, bytes] of (await state.read(wanted)).entries()) {
      // The codec answers the type that belongs to the key's prefix.
      const owner = bytes && (codec.decode(wanted[n] as string, bytes) as Link).owner;
      // Nobody holds an identifier that was signed out or is blocked.
      if (owner !== undefined && owner !== '') return await customerAtHand(owner, this.#options);
    }
    return undefined;
  }

  /** Whether there is such a placement. */
  has(placement: string): boolean {
    return this.#options.definitions.placements.has(placement);
  }

  /** Fails with `placement_not_found`. */
  check(placement: string): void {
    this.#placement(placement);
  }

  /** Fails with `placement_not_found`. */
  answer({ placement: name, customer, ...question }: DeskQuestion): DeskAnswer {
    const started = performance.now();
    const { clock, catalog, recommender } = this.#options;
    const placement = this.#placement(name);
    const person = customer && personOf(customer);
    const list = recommender()?.recommend({
      placement,
      now: clock.now(),
      catalog: catalog.catalog,
      ...asked(question),
      ...(person && { person }),
      ...speech(question.locale, customer),
    });
    const answer: DeskAnswer = {
      id: randomUUID(),
      ...(list ?? nothing(name)),
      ...(customer?.header.kind === 'person' && { profile_id: customer.header.id }),
      took_us: Math.round((performance.now() - started) * 1_000),
    };
    this.#keep(answer, question.store);
    return answer;
  }

  /** Of a firing, for the payload. */
  async choose(profile: string, { placement, limit, store }: ItemsToChoose): Promise<ChosenItems> {
    const customer = await customerAtHand(profile, this.#options);
    const { id, strategy, items } = this.answer({
      placement,
      customer,
      ...(limit === undefined ? {} : { limit }),
      ...(store === undefined ? {} : { store }),
    });
    return { placement, id, strategy, items: items.map((item) => this.shown(item)) };
  }

  /** As answers show an item: with its price, in major units. */
  shown({ score, reasons, ...item }: RecommendedItem): JsonObject {
    const { variants = [], price, currency } = this.#options.catalog.catalog.itemOf(item.item_id) ?? {};
    const own = variants.find(({ variant_id: id }) => id === item.variant_id);
    const minor = own?.price ?? price;
    return {
      ...item,
      ...(own?.size === undefined ? {} : { size: own.size }),
      ...(own?.color === undefined ? {} : { color: own.color }),
      ...(minor === undefined || currency === undefined
        ? {}
        : { price: formatMinor(minor, currency), currency }),
      score: Math.round(score * SCORE_STEPS) / SCORE_STEPS,
      reasons: reasons.map((reason) => ({ ...reason })),
    };
  }

  #placement(name: string): CompiledPlacement {
    const { placements } = this.#options.definitions;
    const found = placements.get(name);
    if (found !== undefined) return found;
    const known = [...placements.keys()].sort().join(', ');
    throw new TesseraError(
      'placement_not_found',
      known === '' ? 'There are no placements.' : `There is no such placement; there are ${known}.`,
      { path: 'placement' },
    );
  }

  #keep(
    { id, profile_id: profile = '', placement, strategy, personalized, items }: DeskAnswer,
    store = '',
  ): void {
    const { served, clock, catalog } = this.#options;
    const at = clock.now();
    const named = store === '' ? '' : catalog.catalog.store(store);
    served({ id, at, profile, placement, store: named, strategy, personalized, items });
  }
}

const SCORE_STEPS = 10_000;

function asked({ store, item, cart, limit, explain }: Omit<DeskQuestion, 'placement' | 'customer'>) {
  return {
    ...(store === undefined ? {} : { store }),
    ...(item === undefined ? {} : { item }),
    ...(cart === undefined || cart.length === 0 ? {} : { cart }),
    ...(limit === undefined ? {} : { limit }),
    ...(explain === undefined ? {} : { explain }),
  };
}

/** The language that is asked for, or else the customer's; and whose yesterday reasons speak of. */
function speech(
  asked: string | undefined,
  customer: CustomerAtHand | undefined,
): Pick<RecommendationQuery, 'locale' | 'zone'> {
  const wanted = asked ?? (customer && textTrait(customer, 'locale'));
  const zone = customer && textTrait(customer, 'timezone');
  return {
    ...(wanted === undefined ? {} : { locale: wanted.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en' }),
    ...(zone === undefined ? {} : { zone }),
  };
}

function nothing(placement: string): RecommendedList {
  return { placement, items: [], strategy: 'none', personalized: false, candidates: 0, filtered: {} };
}
