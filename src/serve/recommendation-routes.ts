import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { describeRoute } from './openapi.ts';
import {
  choiceParameter,
  invalidParameter,
  type Parameter,
  type ParameterValues,
  readParameters,
  textParameter,
  withoutAbsent,
} from './parameters.ts';
import { parseReference } from './profile-reference.ts';
import type {
  AskedIdentifier,
  RecommendationQuestion,
  RecommendationService,
} from './recommendation-service.ts';
import type { FindIdentifier } from './services.ts';

export interface RecommendationRouteServices {
  readonly recommendations: RecommendationService;
  readonly findIdentifier: FindIdentifier;
}

const NAME = /^[^\p{Cc}]{1,200}$/u;

function nameParameter(description: string, example: string): Parameter<string | undefined> {
  return textParameter({ description, charactersMax: limits.catalogIdCharactersMax, pattern: NAME, example });
}

export const storeParameter = nameParameter('Where the customer is: a store by id or alias.', 'SH-001');

export const placementParameter = textParameter({
  description: 'What the list is for: the name of a placement.',
  charactersMax: 64,
  pattern: /^[a-z][a-z0-9_]{0,63}$/,
  example: 'store',
});

export const localeParameter = textParameter({
  description:
    "Language of the sentences, such as `zh-CN`; the customer's own, or else English, where absent.",
  charactersMax: 35,
  pattern: /^[A-Za-z0-9-]{2,35}$/,
  example: 'zh-CN',
});

const limitParameter: Parameter<number | undefined> = {
  schema: {
    type: 'integer',
    description: 'How many items at most; what the placement says where absent.',
    minimum: 1,
    maximum: limits.recommendItemsMax,
  },
  read(text, name) {
    if (text === undefined || text === '') return undefined;
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= limits.recommendItemsMax) return value;
    throw invalidParameter(name, `must be an integer from 1 to ${limits.recommendItemsMax}`);
  },
};

const parameters = {
  placement: placementParameter,
  profile: textParameter({
    description:
      'For whom: a profile id, or an identifier as `type:value`. Absent: an identifier of its own, or nobody.',
    charactersMax: limits.pathParameterCharactersMax,
    example: 'phone:13900001111',
  }),
  store: storeParameter,
  item: nameParameter('What is looked at, by any of its names: never offered back.', 'spu-1'),
  cart: textParameter({
    description: 'What is in the cart, separated by commas: not offered back either.',
    charactersMax: 8_192,
    example: 'spu-1,sku-3301-XL',
  }),
  limit: limitParameter,
  locale: localeParameter,
  explain: choiceParameter({
    description: '`1`: says also how many candidates each rule has left out.',
    choices: ['1', 'true', '0', 'false'],
  }),
};

export const exampleRecommendation: JsonObject = {
  id: '0e9f5a6c-7d42-4d0c-9a34-5c1f6a1be2b7',
  placement: 'store',
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  items: [
    {
      item_id: 'spu-3301',
      variant_id: 'sku-3301-L',
      name: 'Yoga leggings',
      strategy: 'interest',
      size: 'L',
      price: '399.00',
      currency: 'CNY',
      score: 1.42,
      reasons: [{ code: 'viewed_online', item_id: 'spu-3301', text: 'viewed online yesterday' }],
    },
  ],
  strategy: 'interest+trending',
  personalized: true,
  took_us: 64,
};

export function registerRecommendationRoutes(
  app: FastifyInstance,
  { recommendations, findIdentifier }: RecommendationRouteServices,
): void {
  const schema = describeRoute({
    tag: 'Recommendations',
    summary: 'What to show or offer to somebody, or to anybody',
    description:
      'Whoever it is for is named by `profile`, or by identifiers as parameters of their own (`phone=13900001111`, ' +
      '`anonymous_id=a-1`, `wechat_openid@wx123=o-9`; the first that somebody holds counts). Unknown people, people without ' +
      'consent to personalization and stores and items that nobody knows are no errors: they get what anybody would get there, ' +
      'or an empty list. A placement that there is not is answered 404 `placement_not_found`, with the names of those that there ' +
      'are. Whatever shows the list says so with its `id` (`recommendation_shown`, `recommendation_clicked`, or ' +
      '`recommendation_id` of other events). Asking changes nothing and costs no write of its own.',
    query: parameters,
    answers: { 200: { description: 'The list, best first.', example: exampleRecommendation } },
  });
  app.get('/v1/recommendations', { schema, config: { scope: 'read' } }, async (request) => {
    const { query, identifiers } = splitIdentifiers(request.query, findIdentifier);
    return await recommendations.recommend(
      questionOf(readParameters(parameters, query), identifiers, findIdentifier),
    );
  });
}

interface Split {
  /** What is left for the parameters that are described. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly identifiers: readonly AskedIdentifier[];
}

const IDENTIFIER_NAME = /^[a-z][a-z0-9_]{0,63}(?:@[^:\p{Cc}]{1,128})?$/u;

/** Names that are those of identifiers; a value that nobody can have names nobody. */
function splitIdentifiers(query: unknown, find: FindIdentifier): Split {
  const rest: Record<string, unknown> = {};
  const identifiers: AskedIdentifier[] = [];
  const given = typeof query === 'object' && query !== null ? Object.entries(query) : [];
  for (const [name, value] of given) {
    const named = typeof value === 'string' && !Object.hasOwn(parameters, name) && IDENTIFIER_NAME.test(name);
    const found = named && value.length <= limits.identifierCharactersMax ? find(name, value) : undefined;
    if (found === undefined || ('code' in found && found.code === 'unknown_identifier_type'))
      rest[name] = value;
    else if (!('code' in found)) identifiers.push({ type: found.type, hash: found.hash });
  }
  if (identifiers.length > limits.identifiersPerEventMax) throw new TesseraError('too_many_identifiers');
  return { query: rest, identifiers };
}

function questionOf(
  { placement = DEFAULT_PLACEMENT, profile, cart, explain, ...others }: ParameterValues<typeof parameters>,
  identifiers: readonly AskedIdentifier[],
  find: FindIdentifier,
): RecommendationQuestion {
  const cartItems =
    cart
      ?.split(',')
      .filter((name) => name !== '')
      .slice(0, limits.recommendCartMax) ?? [];
  return {
    placement,
    ...withoutAbsent(others),
    ...(profile === undefined ? { identifiers } : whom(profile, find)),
    ...(cartItems.length === 0 ? {} : { cart: cartItems }),
    ...(explain === '1' || explain === 'true' ? { explain: true } : {}),
  };
}

/** Of whoever says nothing of where the list is shown. */
const DEFAULT_PLACEMENT = 'home';

function whom(
  profile: string,
  find: FindIdentifier,
): Pick<RecommendationQuestion, 'profile' | 'identifiers'> {
  const reference = parseReference(profile);
  if (reference === undefined) throw invalidParameter('profile', 'must be a profile id or type:value');
  if (reference.kind === 'id') return { profile: reference.id };
  const found = find(reference.type, reference.value);
  return 'code' in found ? {} : { identifiers: [found] };
}
