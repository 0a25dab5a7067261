import { Card } from '../parts/card.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { addressOf } from '../router.ts';
import { ask } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { nameOf } from './person-name.tsx';

interface ExpectedCustomer {
  readonly reason: string;
  readonly at: number;
  readonly profile_id: string;
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
  const reasons: Readonly<Record<string, string>> = texts.reasons;
  return (
    <Card title={texts.expected}>
      <LoadedView of={found}>
        {({ expected }) =>
          expected.length === 0 ? (
            <p class="quiet">{texts.nobody}</p>
          ) : (
            <ul class="plain people">
              {expected.map(({ reason, at, profile_id, identifiers }) => (
                <li key={`${profile_id} ${reason} ${at}`}>
                  <a class="person" href={addressOf('store', [store, profile_id])}>
                    <strong>{nameOf({ profile_id, identifiers })}</strong>
                    <span>{reasons[reason] ?? reason}</span>
                    <span class="quiet small">{formatMoment(at)}</span>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </LoadedView>
    </Card>
  );
}
