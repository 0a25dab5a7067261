import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Consents } from './consent-service.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import { profilePath } from './profile-routes.ts';
import { bodyBytes } from './server.ts';

const ID = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const NAME = /^[A-Za-z][\w-]{0,63}$/;
const NOTICE_VERSION_MAX = 1_000_000;

const historyParameters = {
  limit: integerParameter({
    description: 'How many entries of the history to answer at most, the newest; 0: none.',
    minimum: 0,
    maximum: limits.consentEntriesMax,
    fallback: limits.pageDefault,
  }),
};

const dueParameters = {
  notice: textParameter({
    description: 'Only people who have to be told of this notice.',
    charactersMax: 64,
    pattern: /^[a-z][a-z0-9_]{0,63}$/,
    example: 'privacy',
  }),
  after: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 64,
    pattern: /^[\w-]{1,64}$/,
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.segmentMembersMax,
    fallback: limits.pageDefault,
  }),
};

const exampleStanding: JsonObject = {
  profile_id: ID,
  consents: [
    {
      name: 'marketing.sms',
      given: true,
      since: 1795255200123,
      source: 'web',
      event_id: 'e-1058',
      text_version: '2026-09',
      stated: false,
    },
  ],
  notices: [
    { notice: 'privacy', version: 3, since: 1795255200123, source: 'web', event_id: 'e-1058', stated: false },
  ],
  withheld: { dependents: 'no_consent' },
};

/** Consents of profiles, and what people have to be told. */
export function registerConsentRoutes(app: FastifyInstance, consents: Consents): void {
  registerStanding(app, consents);
  registerEntry(app, consents);
  registerReceipt(app, consents);
  registerDue(app, consents);
}

interface ProfilePath {
  readonly Params: { readonly id: string };
}

function registerStanding(app: FastifyInstance, consents: Consents): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: "A profile's consents and notices, as they are and as they were",
    description:
      '`consents` hold now; a word on a channel that its purpose decides as a whole is left out. `stated`: nothing proved that ' +
      'the person said it. `withheld` names traits that are kept and not used: `no_purpose` (none is declared), `pending_notice` ' +
      '(the person was not told yet), `no_consent` (theirs, or that of a guardian, is missing). `history` is every word on it, from ' +
      'history, which is at most seconds behind.',
    path: profilePath,
    query: historyParameters,
    answers: {
      200: {
        description: 'What holds, and what was said before.',
        example: {
          ...exampleStanding,
          history: [
            {
              kind: 'consent',
              name: 'marketing.sms',
              given: true,
              text_version: '2026-09',
              method: 'form',
              stated: false,
              author: '',
              reason: '',
              source: 'web',
              channel: 'app',
              event_id: 'e-1058',
              time: 1795255200123,
              applied_at: 1795255200456,
            },
          ],
        },
      },
    },
  });
  app.get<ProfilePath>(
    '/v1/profiles/:id/consents',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { limit } = readParameters(historyParameters, request.query);
      return await consents.of(request.params.id, limit);
    },
  );
}

function registerEntry(app: FastifyInstance, consents: Consents): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Enter what somebody said of consents, or was told',
    description:
      '`consent` is as events carry it: by purpose, or by purpose and channel; `notices` with the versions that the person was ' +
      'told, `text_version` of what was agreed to, `method` for how. What is not named stays. It is a record of the log with the ' +
      'name of the key as its author, belongs to the identifier that names the profile (of a profile id: its oldest verified one), ' +
      'and counts from the next decision on.',
    path: profilePath,
    body: [
      {
        type: 'application/json',
        example: {
          consent: {
            marketing: { sms: false },
            notices: { privacy: 3 },
            text_version: '2026-09',
            method: 'call',
          },
          reason: 'asked by phone',
        },
      },
    ],
    answers: { 200: { description: 'What holds now.', example: exampleStanding } },
  });
  app.put<ProfilePath>(
    '/v1/profiles/:id/consents',
    { schema, config: { scope: 'privacy' } },
    async (request) => {
      readParameters({}, request.query);
      const body = readJsonObject(bodyBytes(request));
      refuseUnknownFields(body, ['consent', 'reason']);
      const { reason = '' } = body;
      if (typeof reason !== 'string' || reason.length > limits.tagReasonCharactersMax)
        throw invalidField('reason', `must be a text of at most ${limits.tagReasonCharactersMax} characters`);
      const order = { profile: request.params.id, consent: readConsentBody(body.consent), reason };
      return await consents.enter(order, authorOf(request));
    },
  );
}

function registerReceipt(app: FastifyInstance, consents: Consents): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'A receipt of the consents that hold',
    description:
      'In the fields of ISO/IEC TS 27560:2023 as far as the engine knows them; the person is named by the profile id alone.',
    path: profilePath,
    answers: {
      200: {
        description: 'The receipt.',
        example: {
          schema_version: 'ISO/IEC TS 27560:2023',
          receipt_id: '5f0c7a52-6a6f-4a3c-9d0e-1c2b3a4d5e6f',
          record_id: `${ID}@1795255200123`,
          pii_principal_id: ID,
          issued_at: '2026-11-21T10:00:00.123Z',
          privacy_notices: [{ notice: 'privacy', version: 3, told_at: '2026-11-21T10:00:00.123Z' }],
          party_identification: [{ party_role: 'pii_controller', party_name: 'Lumen Retail' }],
          purposes: [
            {
              purpose: 'marketing',
              channel: 'sms',
              lawful_basis: 'consent',
              pii_information: [],
              withdrawal_method: 'an event with this consent as false, or PUT /v1/profiles/{id}/consents',
              active: true,
              event: {
                event_type: 'explicit',
                event_state: 'consent_given',
                event_time: '2026-11-21T10:00:00.123Z',
                entity_id: 'pii_principal',
                source: 'web',
                event_id: 'e-1058',
                text_version: '2026-09',
              },
            },
          ],
        },
      },
    },
  });
  app.get<ProfilePath>(
    '/v1/profiles/:id/consents/receipt',
    { schema, config: { scope: 'privacy' } },
    async (request) => {
      readParameters({}, request.query);
      return await consents.receipt(request.params.id);
    },
  );
}

function registerDue(app: FastifyInstance, consents: Consents): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Whom to tell of which notice',
    description:
      'People with a field that may not be used until they were told, and, of notices for everyone, whoever was not told of the ' +
      'version in force. They are told by recording it: `consent.notices` of any event of theirs, or `PUT …/consents`. One call looks ' +
      `at up to ${limits.noticesLookedAtMax} profiles, so a page may be short, or empty, and another one follow: \`next\` says so.`,
    query: dueParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: {
          people: [
            { profile_id: ID, due: [{ notice: 'privacy', version: 3, told: 2, fields: ['body_height'] }] },
          ],
          next: ID,
        },
      },
    },
  });
  app.get('/v1/privacy/notices/due', { schema, config: { scope: 'privacy' } }, async (request) => {
    const { notice, after = '', limit } = readParameters(dueParameters, request.query);
    return await consents.due({ notice, after, limit });
  });
}

/** As the schema of events has it: a misspelled word must not be taken for a consent. */
function readConsentBody(consent: JsonValue | undefined): JsonObject {
  if (!isJsonObject(consent) || Object.keys(consent).length === 0)
    throw invalidField('consent', 'must be an object of purposes');
  if (Object.keys(consent).length > limits.consentsPerFacetMax)
    throw invalidField('consent', `may name ${limits.consentsPerFacetMax} purposes at most`);
  for (const [name, value] of Object.entries(consent)) {
    if (!NAME.test(name)) throw invalidField('consent', 'names something that no purpose is called');
    const path = `consent/${name}`;
    if (name === 'text_version' || name === 'method') readWord(value, path);
    else if (name === 'notices')
      readEach(value, { path, fits: isVersion, problem: 'must be an integer from 1' });
    else if (typeof value !== 'boolean')
      readEach(value, {
        path,
        fits: (given) => typeof given === 'boolean',
        problem: 'must be true or false',
      });
  }
  return consent;
}

function readWord(value: JsonValue | undefined, path: string): void {
  if (typeof value !== 'string' || value === '' || value.length > limits.consentTextCharactersMax)
    throw invalidField(path, `must be a text of at most ${limits.consentTextCharactersMax} characters`);
}

interface Entries {
  readonly path: string;
  readonly fits: (each: JsonValue | undefined) => boolean;
  readonly problem: string;
}

function readEach(value: JsonValue | undefined, { path, fits, problem }: Entries): void {
  if (!isJsonObject(value)) throw invalidField(path, 'must be true, false, or an object of them by channel');
  const names = Object.keys(value);
  if (names.length > limits.consentsPerFacetMax)
    throw invalidField(path, `may have ${limits.consentsPerFacetMax} entries at most`);
  for (const name of names) {
    if (!NAME.test(name)) throw invalidField(path, 'has an entry with a name that nothing is called');
    if (!fits(value[name])) throw invalidField(`${path}/${name}`, problem);
  }
}

function isVersion(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= NOTICE_VERSION_MAX;
}
