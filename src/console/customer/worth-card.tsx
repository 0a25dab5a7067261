import type { Profile } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Data } from '../parts/data.tsx';
import { Fact } from '../parts/fact.tsx';
import { words } from '../words/words.ts';
import { isEmpty, sayValue } from './show-value.ts';

/** What models and orders say of a customer's value; names of the shipped definitions. */
const WORTH = [
  ...['purchases', 'rfm_group', 'rfm_score', 'cluster', 'alive_probability'],
  ...['expected_orders_90d', 'expected_value_90d', 'expected_orders_365d', 'expected_value_365d'],
] as const;

/** The stage of life, segments, and what they are worth. */
export function WorthCard({ profile }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  const { lifecycle, segments, features } = profile;
  const worth = WORTH.flatMap((name) => {
    const value = features[name]?.value;
    return isEmpty(value) ? [] : [[name, sayValue(value)] as const];
  });
  return (
    <Card title={texts.segments}>
      <p>
        {lifecycle !== null && (
          <strong class="chip">
            <Data value={lifecycle} />
          </strong>
        )}
        {segments
          .filter((segment) => segment !== lifecycle)
          .map((segment) => (
            <span class="chip" key={segment}>
              <Data value={segment} />
            </span>
          ))}
        {profile.tags.map((tag) => (
          <span class="chip info" key={tag}>
            # <Data value={tag} />
          </span>
        ))}
      </p>
      {worth.length > 0 && (
        <>
          <h3 class="small quiet">{texts.worth}</h3>
          <dl class="facts">
            {worth.map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}
