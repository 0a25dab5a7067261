import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { language } from '../preferences.ts';
import { addressOf } from '../router.ts';
import { ask, may } from '../session.ts';
import { words } from '../words/words.ts';
import { type Brief, Knowledge } from './knowledge.tsx';
import { OfferRow } from './offer-row.tsx';
import { nameOf } from './person-name.tsx';

interface CustomerBriefProps {
  readonly store: string;
  readonly customer: string;
  /** Who serves them; empty: nobody has said. */
  readonly associate: string;
}

/** Who stands before the associate, and what to offer them; what came of it is one tap. */
export function CustomerBrief({ store, customer, associate }: CustomerBriefProps) {
  const texts = words.value.store;
  const locale = language.value === 'zh' ? 'zh-CN' : 'en';
  const found = useLoad(
    async (signal) =>
      await ask<Brief>('GET /v1/profiles/{id}/brief', {
        path: { id: customer },
        query: { store, locale },
        signal,
      }),
    [store, customer, locale],
  );
  return (
    <>
      <p>
        <a class="button" href={addressOf('store', [store])}>
          {texts.leave}
        </a>
      </p>
      <LoadedView of={found}>
        {(brief) => (
          <>
            <p class="big">
              <Data value={brief.name ?? nameOf(brief)} />
            </p>
            <div class="grid">
              <Card title={texts.brief}>
                <Knowledge brief={brief} />
              </Card>
              <Card title={texts.offers}>
                {brief.offer.length === 0 && <p class="quiet">{texts.noOffers}</p>}
                {!may('ingest') && <p class="quiet small">{texts.mayNotTell}</p>}
                <ul class="plain people">
                  {brief.offer.map((offer) => (
                    <OfferRow
                      key={offer.item_id}
                      offer={offer}
                      at={{ store, associate, profile: brief.profile_id }}
                    />
                  ))}
                </ul>
              </Card>
            </div>
          </>
        )}
      </LoadedView>
    </>
  );
}
