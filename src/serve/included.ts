import type { AcceptedItem, Admission } from '../ingest/admit.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { type ParameterValues, textParameter } from './parameters.ts';
import type { RecommendationQuestion, RecommendationService } from './recommendation-service.ts';
import type { ProfileReader, ReadOptions } from './services.ts';

/** What an answer to `wait=applied` may hold beside what became of its events. */
export const includeParameters = {
  include: textParameter({
    description:
      'With `wait=applied`: `profile` adds the profile that each event belongs to, `recommendations` what to show to whom it ' +
      'belongs to, by the event: its store, and what it is about, which is not offered back.',
    charactersMax: 40,
    pattern: /^(profile|recommendations)(,(profile|recommendations))?$/,
    example: 'profile,recommendations',
  }),
  placement: textParameter({
    description: 'What the recommendations are for; `home` where absent.',
    charactersMax: 64,
    pattern: /^[a-z][a-z0-9_]{0,63}$/,
    example: 'store',
  }),
};

export interface IncludeServices {
  readonly profiles: ProfileReader;
  readonly recommendations: Pick<RecommendationService, 'recommend' | 'knows'>;
}

export interface Wish extends Pick<ReadOptions, 'reveal' | 'disclosed'> {
  readonly profile: boolean;
  /** The placement. */
  readonly recommendations: string | undefined;
}

/** What is to be included. Fails with `placement_not_found`, before anything was taken in. */
export function wishOf(
  { include, placement = 'home' }: Pick<ParameterValues<typeof includeParameters>, 'include' | 'placement'>,
  shown: Pick<ReadOptions, 'reveal' | 'disclosed'>,
  { recommendations }: IncludeServices,
): Wish | undefined {
  if (include === undefined) return undefined;
  const parts = include.split(',');
  const wanted = parts.includes('recommendations');
  if (wanted) recommendations.knows(placement);
  return { profile: parts.includes('profile'), recommendations: wanted ? placement : undefined, ...shown };
}

/** What belongs to each accepted event, by its profile; of several events of one profile the last one is what it is about. */
export async function includedIn(
  { accepted }: Admission,
  wish: Wish,
  services: IncludeServices,
): Promise<(item: AcceptedItem) => JsonObject> {
  const events = new Map<string, Event>();
  for (const { event, outcome } of accepted) {
    const id = outcome?.profileId ?? '';
    if (id !== '' && (events.has(id) || events.size < limits.includedProfilesMax)) events.set(id, event);
  }
  const parts = [...events].map(
    async ([id, event]) => [id, await partsOf(id, event, { wish, services })] as const,
  );
  const found = new Map<string, JsonObject>(await Promise.all(parts));
  const nothing: JsonObject = {
    ...(wish.profile ? { profile: null } : {}),
    ...(wish.recommendations === undefined ? {} : { recommendations: null }),
  };
  return ({ outcome }) => found.get(outcome?.profileId ?? '') ?? nothing;
}

function shownBy({ reveal, disclosed }: Wish): ReadOptions {
  return disclosed === undefined ? { reveal } : { reveal, disclosed };
}

async function partsOf(
  profile: string,
  event: Event,
  { wish, services }: { readonly wish: Wish; readonly services: IncludeServices },
): Promise<JsonObject> {
  const { profiles, recommendations } = services;
  const { recommendations: placement } = wish;
  // A profile is plain JSON.
  const view = wish.profile
    ? ((await profiles.byId(profile, shownBy(wish))) as JsonObject | undefined)
    : undefined;
  return {
    ...(wish.profile ? { profile: view ?? null } : {}),
    ...(placement === undefined
      ? {}
      : { recommendations: await recommendations.recommend({ placement, profile, ...aboutEvent(event) }) }),
  };
}

/** Where the event was, and the items that it is about. */
function aboutEvent({ context, properties }: Event): Omit<RecommendationQuestion, 'placement' | 'profile'> {
  const { store } = context ?? {};
  const item = nameOf(properties);
  const lines = Array.isArray(properties.products) ? properties.products : [];
  const cart = lines.filter(isJsonObject).flatMap((line) => nameOf(line) ?? []);
  return {
    ...(typeof store === 'string' ? { store } : {}),
    ...(item === undefined ? {} : { item }),
    ...(cart.length === 0 ? {} : { cart: cart.slice(0, limits.recommendCartMax) }),
  };
}

function nameOf({ item_id: item, variant_id: variant }: JsonObject): string | undefined {
  if (typeof item === 'string') return item;
  return typeof variant === 'string' ? variant : undefined;
}
