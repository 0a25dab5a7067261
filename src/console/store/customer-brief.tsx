import { useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { language } from '../preferences.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { type Offer, OfferRow } from './offer-row.tsx';

interface Brief {
  readonly profile_id: string;
  readonly name?: string;
  readonly tier?: string;
  readonly points?: number;
  readonly last_seen?: number | null;
  readonly tags: readonly string[];
  readonly avoid: readonly { readonly code: string; readonly text: string }[];
  readonly offer: readonly Offer[];
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly looked_at?: readonly BriefItem[];
  readonly in_cart?: readonly BriefItem[];
  readonly bought?: readonly BriefItem[];
}

interface BriefItem {
  readonly item_id: string;
  readonly name?: string;
  readonly at?: number;
  readonly in_store?: number;
}

interface CustomerBriefProps {
  readonly store: string;
  readonly customer: string;
}

/** Who stands before the associate, and what to offer them; what came of it is one tap. */
export function CustomerBrief({ store, customer }: CustomerBriefProps) {
  const texts = words.value.store;
  const [associate, setAssociate] = useState('');
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
    <LoadedView of={found}>
      {(brief) => (
        <>
          <div class="row spread">
            <p class="big">{brief.name ?? Object.values(brief.identifiers).flat()[0] ?? brief.profile_id}</p>
            <a class="button" href={addressOf('store', [store])}>
              {texts.leave}
            </a>
          </div>
          <div class="grid">
            <Card title={texts.brief}>
              <Knowledge brief={brief} />
            </Card>
            <Card title={texts.offers}>
              <label>
                {texts.associate}
                <input
                  value={associate}
                  onInput={({ currentTarget }) => setAssociate(currentTarget.value.trim())}
                />
              </label>
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
  );
}

function Knowledge({ brief }: { readonly brief: Brief }) {
  const { store: texts, customer, live } = words.value;
  const { tier, points, last_seen, tags, avoid, looked_at = [], in_cart = [], bought = [] } = brief;
  const lists = [
    { title: '👀', items: looked_at },
    { title: '🛒', items: in_cart },
    { title: '🛍', items: bought },
  ];
  return (
    <>
      <p>
        {tier !== undefined && <strong class="chip">{tier}</strong>}
        {points !== undefined && <span class="chip">{`${points} ${customer.points}`}</span>}
        {tags.map((tag) => (
          <span class="chip info" key={tag}>
            # {tag}
          </span>
        ))}
      </p>
      {last_seen != null && (
        <p class="small quiet">
          {customer.lastSeen}: {formatMoment(last_seen)}
        </p>
      )}
      {avoid.length > 0 && (
        <div class="notice">
          <strong>{texts.avoid}</strong>
          <ul>
            {avoid.map(({ code, text }) => (
              <li key={code}>{text}</li>
            ))}
          </ul>
        </div>
      )}
      {lists
        .filter(({ items }) => items.length > 0)
        .map(({ title, items }) => (
          <p key={title}>
            <span aria-hidden="true">{title}</span>{' '}
            {items.map(({ item_id, name, in_store }) => (
              <span class="chip" key={item_id}>
                {name ?? item_id}
                {in_store !== undefined && <span class="quiet"> {texts.inStock(in_store)}</span>}
              </span>
            ))}
          </p>
        ))}
      <p class="visually-hidden">{live.who}</p>
    </>
  );
}
