import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { nameOf } from './person-name.tsx';

interface ExpectedCustomer {
  readonly reason: string;
  readonly at: number;
  /** Null where nobody is known, or the person is gone. */
  readonly profile_id: string | null;
  readonly name?: string;
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
}

/** Who has an appointment, an order to pick up, or a full cart. */
export function Expected({ store }: { readonly store: string }) {
  const texts = words.value.store;
  const found = useLoad(
    async (signal) =>
      await ask<{ readonly expected: readonly ExpectedCustomer[] }>('GET /v1/stores/{store}/expected', {
        path: { store },
        signal,
      }),
    [store],
  );
  return (
    <Card title={texts.expected}>
      <LoadedView of={found}>
        {({ expected }) =>
          expected.length === 0 ? (
            <p class="quiet">{texts.nobody}</p>
          ) : (
            <ul class="plain people">
              {expected.map((each) => (
                <li key={`${each.profile_id} ${each.reason} ${each.at}`}>
                  <Person customer={each} store={store} />
                </li>
              ))}
            </ul>
          )
        }
      </LoadedView>
    </Card>
  );
}

interface PersonProps {
  readonly customer: ExpectedCustomer;
  readonly store: string;
}

function Person({ customer: { reason, at, profile_id, name, identifiers }, store }: PersonProps) {
  const texts = words.value.store;
  const reasons: Readonly<Record<string, string>> = texts.reasons;
  const about = (
    <>
      <span>{reasons[reason] ?? reason}</span>
      <span class="quiet small">{formatMoment(at)}</span>
    </>
  );
  if (profile_id === null)
    return (
      <div class="person">
        <strong>{texts.anonymous}</strong>
        {about}
      </div>
    );
  const identifier = nameOf({ profile_id, identifiers });
  return (
    <a class="person" href={addressOf('store', [store, profile_id])}>
      <strong>
        <Data value={name ?? identifier} />
      </strong>
      {name !== undefined && (
        <span class="quiet small">
          <Data value={identifier} />
        </span>
      )}
      {about}
    </a>
  );
}
