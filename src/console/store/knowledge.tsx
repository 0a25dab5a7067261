import { Data, Parts } from '../parts/data.tsx';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import type { Offer } from './offer-row.tsx';

export interface Brief {
  readonly profile_id: string;
  readonly name?: string;
  readonly tier?: string | null;
  readonly points?: number;
  readonly lifecycle: string | null;
  readonly last_seen: number | null;
  readonly tags: readonly string[];
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly avoid: readonly { readonly code: string; readonly text: string }[];
  readonly offer: readonly Offer[];
  readonly open_tickets: readonly {
    readonly ticket_id: string;
    readonly complaint: boolean;
    readonly theme?: string;
  }[];
  /** What follows is missing without consent to personalization. */
  readonly sizes?: {
    readonly stated: readonly string[];
    readonly bought: readonly { readonly size: string; readonly items: number }[];
  };
  readonly in_fitting_room?: readonly BriefItem[];
  readonly in_cart?: readonly BriefItem[];
  readonly looked_at?: readonly BriefItem[];
  readonly favorites?: readonly BriefItem[];
  readonly bought?: readonly BriefItem[];
  readonly brought_back?: readonly BriefItem[];
}

interface BriefItem {
  readonly item_id: string;
  readonly name?: string;
  readonly size?: string;
  readonly in_store?: number;
}

const LISTS = ['in_fitting_room', 'in_cart', 'looked_at', 'favorites', 'bought', 'brought_back'] as const;

/** What to know of a customer, short enough to read while walking up. */
export function Knowledge({ brief }: { readonly brief: Brief }) {
  const { store: texts, customer } = words.value;
  const { avoid, last_seen } = brief;
  return (
    <>
      {avoid.length > 0 && (
        <div class="notice">
          <strong>{texts.avoid}</strong>
          <ul>
            {avoid.map(({ text }) => (
              <li key={text}>
                <Data value={text} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <Standing brief={brief} />
      {last_seen !== null && (
        <p class="small quiet">
          {customer.lastSeen}: {formatMoment(last_seen)}
        </p>
      )}
      <Sizes {...brief} />
      {LISTS.map((name) => (
        <Items key={name} title={texts.lists[name]} items={brief[name] ?? []} />
      ))}
      <Tickets {...brief} />
    </>
  );
}

function Standing({ brief: { tier, points, lifecycle, tags } }: { readonly brief: Brief }) {
  const { points: pointsWord } = words.value.customer;
  return (
    <p>
      {tier != null && (
        <strong class="chip">
          <Data value={tier} />
        </strong>
      )}
      {lifecycle !== null && (
        <span class="chip">
          <Data value={lifecycle} />
        </span>
      )}
      {points !== undefined && <span class="chip">{`${formatNumber(points)} ${pointsWord}`}</span>}
      {tags.map((tag) => (
        <span class="chip info" key={tag}>
          # <Data value={tag} />
        </span>
      ))}
    </p>
  );
}

function Sizes({ sizes }: Pick<Brief, 'sizes'>) {
  const said = [...(sizes?.stated ?? []), ...(sizes?.bought ?? []).map(({ size }) => size)];
  if (said.length === 0) return null;
  return (
    <Line title={words.value.store.sizes}>
      {[...new Set(said)].map((size) => (
        <span class="chip" key={size}>
          <Data value={size} />
        </span>
      ))}
    </Line>
  );
}

function Items({ title, items }: { readonly title: string; readonly items: readonly BriefItem[] }) {
  const texts = words.value.store;
  if (items.length === 0) return null;
  return (
    <Line title={title}>
      {items.map(({ item_id, name, size, in_store }) => (
        <span class="chip" key={item_id}>
          <Parts of={[name ?? item_id, size]} />
          {in_store !== undefined && (
            <span class="quiet"> {in_store > 0 ? texts.inStock(in_store) : texts.outOfStock}</span>
          )}
        </span>
      ))}
    </Line>
  );
}

function Tickets({ open_tickets }: Pick<Brief, 'open_tickets'>) {
  const texts = words.value.store;
  if (open_tickets.length === 0) return null;
  return (
    <Line title={texts.tickets}>
      {open_tickets.map(({ ticket_id, complaint, theme }) => (
        <span class={complaint ? 'chip bad' : 'chip'} key={ticket_id}>
          <Parts of={[ticket_id, complaint && texts.complaint, theme]} />
        </span>
      ))}
    </Line>
  );
}

interface LineProps {
  readonly title: string;
  readonly children: preact.ComponentChildren;
}

function Line({ title, children }: LineProps) {
  return (
    <>
      <h3>{title}</h3>
      <p>{children}</p>
    </>
  );
}
