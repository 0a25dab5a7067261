import { useState } from 'preact/hooks';
import type { Profile, TesseraClient } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Parts } from '../parts/data.tsx';
import { isolated } from '../parts/data-text.ts';
import { Fact } from '../parts/fact.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { go } from '../router.ts';
import { currentClient, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { ActionsCard, type ActionsProps } from './actions/actions-card.tsx';
import type { Erasure } from './actions/erase-dialog.tsx';
import { ErasureReceipt } from './actions/erasure-receipt.tsx';
import { ConsentsCard } from './consents-card.tsx';
import { DecisionsCard } from './decisions-card.tsx';
import { ExplainCard } from './explain-card.tsx';
import { FeaturesCard } from './features-card.tsx';
import { IdentityCard } from './identity-card.tsx';
import { OffersCard } from './offers-card.tsx';
import { PointsCard } from './points-card.tsx';
import { sayValue } from './show-value.ts';
import { TagsCard } from './tags-card.tsx';
import { Timeline } from './timeline.tsx';
import { useFollowed } from './use-followed.ts';
import { WorthCard } from './worth-card.tsx';

/** Everything that is known of one person, kept up to date while it is looked at. */
export function CustomerView({ reference }: { readonly reference: string }) {
  const engine = currentClient();
  const texts = words.value.customer;
  const [erasure, setErasure] = useState<Erasure>();
  const found = useLoad(async () => await engine.profiles.get(reference), [engine, reference]);
  const changed = (profile: string): void => {
    // The same address shows what has become of them, too.
    if (profile === reference) found.reload();
    else go('customer', [profile]);
  };
  if (erasure !== undefined) return <ErasureReceipt first={erasure} />;
  return (
    <LoadedView of={found}>
      {(profile) =>
        profile === undefined ? (
          <p role="alert">{texts.notFound(isolated(reference))}</p>
        ) : (
          <Cards
            key={profile.profile_id}
            engine={engine}
            profile={profile}
            reference={reference}
            changed={changed}
            erased={setErasure}
          />
        )
      }
    </LoadedView>
  );
}

type CardsProps = ActionsProps & { readonly engine: TesseraClient };

function Cards({ profile: first, engine, ...actions }: CardsProps) {
  const { profile, changes, failure, look } = useFollowed(first, engine);
  const about = { profile: profile.profile_id, changes };
  return (
    <>
      {failure !== undefined && <Failure error={failure} />}
      {!may('pii') && <p class="quiet small">{words.value.customer.masked}</p>}
      <div class="grid">
        <div class="stack">
          <Who profile={profile} />
          <Timeline {...about} />
        </div>
        <div class="stack">
          <WorthCard profile={profile} />
          {profile.loyalty !== null && <PointsCard {...about} />}
          <FeaturesCard profile={profile} />
        </div>
        <div class="stack">
          <ExplainCard {...about} />
          <OffersCard {...about} />
        </div>
        <DecisionsCard {...about} />
        <ConsentsCard {...about} />
        <TagsCard profile={profile} changes={changes} changed={look} />
        <IdentityCard {...about} />
        <ActionsCard {...actions} profile={profile} />
      </div>
    </>
  );
}

function Who({ profile }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  const { profile_id, kind, traits, identifiers, first_seen, last_seen } = profile;
  const moment = (at: number | null): string => (at === null ? '–' : formatMoment(at));
  return (
    <Card title={texts.identifiers} side={<span class="small quiet">{texts.follow}</span>}>
      <p class="small quiet">
        <Parts of={[profile_id, kind]} />
      </p>
      <dl class="facts">
        {Object.entries(identifiers).map(([type, values]) => (
          <Fact key={type} name={type} value={<Parts of={values} between=", " />} />
        ))}
        {Object.entries(traits).map(([name, value]) => (
          <Fact key={`trait ${name}`} name={name} value={sayValue(value)} />
        ))}
        <Fact name={texts.firstSeen} value={moment(first_seen)} />
        <Fact name={texts.lastSeen} value={moment(last_seen)} />
      </dl>
    </Card>
  );
}
