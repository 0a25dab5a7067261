import { useState } from 'preact/hooks';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { Failure } from '../parts/loaded-view.tsx';
import { toApiError } from '../parts/use-load.ts';
import { ask, may } from '../session.ts';
import { words } from '../words/words.ts';

export interface Offer {
  readonly item_id: string;
  readonly variant_id?: string;
  readonly name?: string;
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
  const [said, setSaid] = useState<Outcome>();
  const [problem, setProblem] = useState<TesseraApiError>();
  const name = offer.name ?? offer.item_id;
  const tell = async (outcome: Outcome): Promise<void> => {
    setProblem(undefined);
    try {
      await ask('POST /v1/profiles/{id}/events', {
        path: { id: at.profile },
        body: eventOf(offer, outcome, at),
      });
      setSaid(outcome);
    } catch (error) {
      setProblem(toApiError(error));
    }
  };
  return (
    <li class="offer">
      <div>
        <strong>{name}</strong> <span class="quiet">{offer.variant_id}</span>
      </div>
      <div class="small quiet">{offer.reasons.map(({ text }) => text).join(' · ')}</div>
      {may('ingest') && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame around every offer.
        <div class="row" role="group" aria-label={texts.outcome(name)}>
          {OUTCOMES.map((outcome) => (
            <button key={outcome} type="button" aria-pressed={said === outcome} onClick={() => tell(outcome)}>
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

function eventOf({ item_id, variant_id }: Offer, outcome: Outcome, { store, associate }: Counter): object {
  return {
    type: 'product_tried',
    channel: 'store_device',
    properties: { item_id, ...(variant_id === undefined ? {} : { variant_id }), mode: 'sample', outcome },
    context: { store, ...(associate === '' ? {} : { associate_id: associate }) },
  };
}
