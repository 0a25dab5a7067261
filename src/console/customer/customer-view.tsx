import { useEffect, useState } from 'preact/hooks';
import type { Profile, TesseraClient } from '../../sdk/client/client.ts';
import { Card } from '../parts/card.tsx';
import { Fact } from '../parts/fact.tsx';
import { Failure, LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { currentClient, may } from '../session.ts';
import { formatMoment, words } from '../words/words.ts';
import { DecisionsCard } from './decisions-card.tsx';
import { ExplainCard } from './explain-card.tsx';
import { FeaturesCard } from './features-card.tsx';
import { IdentityCard } from './identity-card.tsx';
import { OffersCard } from './offers-card.tsx';
import { showValue } from './show-value.ts';
import { Timeline } from './timeline.tsx';

/** Changes come in bursts: one look at the profile answers all of a moment. */
const LOOK_AFTER_MS = 400;

/** Everything that is known of one person, kept up to date while it is looked at. */
export function CustomerView({ reference }: { readonly reference: string }) {
  const engine = currentClient();
  const texts = words.value.customer;
  const profile = useLoad(async () => await engine.profiles.get(reference), [engine, reference]);
  return (
    <LoadedView of={profile}>
      {(found) =>
        found === undefined ? (
          <p role="alert">{texts.notFound(reference)}</p>
        ) : (
          <Cards first={found} engine={engine} />
        )
      }
    </LoadedView>
  );
}

function Cards({ first, engine }: { readonly first: Profile; readonly engine: TesseraClient }) {
  const texts = words.value.customer;
  const { profile, changes, failure } = useFollowed(first, engine);
  return (
    <>
      {failure !== undefined && <Failure error={failure} />}
      {!may('pii') && <p class="quiet small">{texts.masked}</p>}
      <div class="grid">
        <Who profile={profile} />
        <Standing profile={profile} />
        <Consents profile={profile} />
        <Timeline profile={profile.profile_id} changes={changes} />
        <FeaturesCard features={profile.features} />
        <DecisionsCard profile={profile.profile_id} changes={changes} />
        <ExplainCard profile={profile.profile_id} changes={changes} />
        <OffersCard profile={profile.profile_id} changes={changes} />
        <IdentityCard profile={profile.profile_id} changes={changes} />
      </div>
    </>
  );
}

/** The profile as it is now: whenever something happens to it, it is read again. `changes` counts how often. */
function useFollowed(first: Profile, engine: TesseraClient) {
  const [profile, setProfile] = useState(first);
  const [changes, setChanges] = useState(0);
  const { profile_id } = first;
  const fresh = useLoad(
    async () => (changes === 0 ? undefined : await engine.profiles.get(profile_id)),
    [engine, profile_id, changes],
  ).loaded;
  useEffect(() => {
    if (fresh.state === 'ready' && fresh.value !== undefined) setProfile(fresh.value);
  }, [fresh]);
  useEffect(() => {
    const ending = new AbortController();
    let waiting: number | undefined;
    const listen = async (): Promise<void> => {
      for await (const _change of engine.streams.profile(profile_id, { signal: ending.signal })) {
        waiting ??= window.setTimeout(() => {
          waiting = undefined;
          setChanges((n) => n + 1);
        }, LOOK_AFTER_MS);
      }
    };
    // Without the stream the page shows what there was; its reading says what is wrong, if something is.
    listen().catch(() => undefined);
    return () => {
      ending.abort();
      clearTimeout(waiting);
    };
  }, [engine, profile_id]);
  return { profile, changes, failure: fresh.state === 'failed' ? fresh.error : undefined };
}

function Who({ profile }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  const { profile_id, kind, traits, identifiers, first_seen, last_seen } = profile;
  const facts = Object.entries(traits).map(([name, value]) => [name, showValue(value)] as const);
  const moment = (at: number | null): string => (at === null ? '–' : formatMoment(at));
  return (
    <Card title={texts.identifiers} side={<span class="small quiet">{texts.follow}</span>}>
      <p class="small quiet">
        {profile_id} · {kind}
      </p>
      <dl class="facts">
        {Object.entries(identifiers).map(([type, values]) => (
          <Fact key={type} name={type} value={values.join(', ')} />
        ))}
        {facts.map(([name, value]) => (
          <Fact key={`trait ${name}`} name={name} value={value} />
        ))}
        <Fact name={texts.firstSeen} value={moment(first_seen)} />
        <Fact name={texts.lastSeen} value={moment(last_seen)} />
      </dl>
    </Card>
  );
}

function Standing({ profile: { lifecycle, segments, tags, loyalty } }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  return (
    <Card title={texts.segments}>
      <p>
        {lifecycle !== null && <strong class="chip">{lifecycle}</strong>}
        {segments
          .filter((segment) => segment !== lifecycle)
          .map((segment) => (
            <span class="chip" key={segment}>
              {segment}
            </span>
          ))}
        {tags.map((tag) => (
          <span class="chip info" key={tag}>
            # {tag}
          </span>
        ))}
      </p>
      {loyalty !== null && (
        <>
          <h3 class="small quiet">{texts.value}</h3>
          <dl class="facts">
            {(['points', 'pending', 'debt', 'tier'] as const).map((name) => (
              <Fact
                key={name}
                name={name === 'tier' ? 'tier' : texts[name]}
                value={showValue(loyalty[name])}
              />
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}

function Consents({ profile: { consents } }: { readonly profile: Profile }) {
  const texts = words.value.customer;
  const said = flatten(consents);
  return (
    <Card title={texts.consents}>
      {said.length === 0 ? (
        <p class="quiet">{texts.noConsents}</p>
      ) : (
        <dl class="facts">
          {said.map(([name, value]) => (
            <Fact
              key={name}
              name={name}
              value={value === true ? texts.granted : value === false ? texts.denied : showValue(value)}
            />
          ))}
        </dl>
      )}
    </Card>
  );
}

/** `marketing.sms` for what lies deeper. */
function flatten(value: object, path = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, unknown])[] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? flatten(inner, `${path}${name}.`)
      : [[path + name, inner]],
  );
}
