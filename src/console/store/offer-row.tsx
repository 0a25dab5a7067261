import { apiError } from '../../sdk/client/tessera-api-error.ts';
import { Data, Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { useAction } from '../parts/use-action.ts';
import { ask, may } from '../session.ts';
import { words } from '../words/words.ts';

export interface Offer {
  readonly item_id: string;
  readonly variant_id?: string;
  readonly name?: string;
  readonly size?: string;
  readonly color?: string;
  readonly price?: string;
  readonly currency?: string;
  /** How many are here, where anybody has said. */
  readonly in_store?: number;
  readonly reasons: readonly { readonly text: string }[];
}

interface OfferRowProps {
  readonly offer: Offer;
  readonly at: Counter;
}

/** Who serves whom where. */
interface Counter {
  readonly profile: string;
  readonly store: string;
  readonly associate: string;
}

/** As `product_tried` has them. */
const OUTCOMES = ['bought', 'kept', 'other_size', 'left'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** One thing to offer, and four taps to say what came of it. */
export function OfferRow({ offer, at }: OfferRowProps) {
  const texts = words.value.store;
  const { run, running, result: said, problem } = useAction<Outcome>();
  const name = offer.name ?? offer.item_id;
  return (
    <li class="offer">
      <div>
        <strong>
          <Data value={name} />
        </strong>{' '}
        <Details offer={offer} />
      </div>
      <div class="small quiet">
        <Parts of={offer.reasons.map(({ text }) => text)} />
      </div>
      {may('ingest') && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame around every offer.
        <div class="row" role="group" aria-label={texts.outcome(isolated(name))}>
          {OUTCOMES.map((outcome) => (
            <button
              key={outcome}
              type="button"
              aria-pressed={said === outcome}
              disabled={running}
              onClick={() => run(async () => await tell(offer, outcome, at))}
            >
              {texts.outcomes[outcome]}
            </button>
          ))}
        </div>
      )}
      <span role="status" class="good small">
        {said !== undefined && texts.thanks}
      </span>
      {problem !== undefined && <Failure error={problem} />}
    </li>
  );
}

function Details({ offer }: Pick<OfferRowProps, 'offer'>) {
  const texts = words.value.store;
  const { variant_id, size, color, price, currency, in_store } = offer;
  const parts = [size ?? variant_id, color, price && `${price} ${currency ?? ''}`];
  return (
    <>
      <span class="quiet">
        <Parts of={parts} />
      </span>{' '}
      {in_store !== undefined && (
        <span class={in_store > 0 ? 'chip good' : 'chip warn'}>
          {in_store > 0 ? texts.inStock(in_store) : texts.outOfStock}
        </span>
      )}
    </>
  );
}

interface Told {
  readonly rejected: readonly { readonly code: string; readonly message: string }[];
}

/** Answers what was said, once it is applied. */
async function tell(offer: Offer, outcome: Outcome, at: Counter): Promise<Outcome> {
  const { rejected } = await ask<Told>('POST /v1/profiles/{id}/events', {
    path: { id: at.profile },
    body: eventOf(offer, outcome, at),
  });
  const [refused] = rejected;
  if (refused !== undefined) throw apiError({ status: 400, code: refused.code, detail: refused.message });
  return outcome;
}

function eventOf({ item_id, variant_id }: Offer, outcome: Outcome, { store, associate }: Counter): object {
  return {
    type: 'product_tried',
    channel: 'store_device',
    properties: { item_id, ...(variant_id === undefined ? {} : { variant_id }), outcome },
    context: { store, ...(associate === '' ? {} : { associate_id: associate }) },
  };
}
