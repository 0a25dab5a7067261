import { TesseraError } from '../errors.ts';
import type { Admission, Admit } from '../ingest/admit.ts';
import { canonical } from '../ingest/dialects/canonical.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventsOfProfile } from '../serve/events-of-profile-service.ts';
import type { IdentityReader, LinkedIdentifier } from '../serve/services.ts';
import { lookUp } from './operator-events.ts';

export interface EventsOfProfileOptions {
  readonly identity: IdentityReader;
  readonly admit: Admit;
  readonly clock: Clock;
}

/**
 * What a system says of somebody whom it knows by profile, as one that was told a profile id and nothing else. The event goes the
 * way of all events, under an identifier of the person that the system never sees: so it is validated, counted once,
 * moves with the identifier, and is nobody's once the person is erased.
 */
export function createEventsOfProfile({ identity, admit, clock }: EventsOfProfileOptions): EventsOfProfile {
  return {
    async add(reference, event, source) {
      const found = await lookUp(reference, identity);
      if (found === undefined) throw new TesseraError('profile_not_found');
      const { profile_id } = found.view;
      const open = await identity.byId(profile_id, { reveal: true });
      const named = open?.identifiers.find(({ identifier }) => identifier === found.identifier?.identifier);
      if (named === undefined) throw new TesseraError('identifier_not_found');
      return await admitOne(nameIn(event, named), { admit, clock, source });
    },
  };
}

function nameIn(event: JsonObject, { type, value }: LinkedIdentifier): JsonObject {
  if (event.identifiers !== undefined)
    throw new TesseraError(
      'invalid_parameter',
      'The event is about the profile in the path: it has no identifiers.',
      {
        path: '/identifiers',
      },
    );
  return { ...event, identifiers: { [type]: value } };
}

interface Sending extends Pick<EventsOfProfileOptions, 'admit' | 'clock'> {
  readonly source: string;
}

async function admitOne(event: JsonObject, { admit, clock, source }: Sending): Promise<Admission> {
  const [route] = canonical.routes;
  const path = route?.path ?? '';
  return await admit({
    items: [{ ok: true, value: event, text: JSON.stringify(event) }],
    decode: (item) => canonical.decode(item, {}, { path }),
    context: { receivedAt: clock.now(), source, defaultChannel: 'server', publicKey: false },
    origin: { dialect: canonical.name, path, envelope: {} },
    verified: true,
    wait: true,
    dryRun: false,
  });
}
