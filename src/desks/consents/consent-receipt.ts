import type { CompiledPrivacy } from '../../model/compile-privacy.ts';
import type { JsonObject } from '../../model/json.ts';
import type { PrivacyDefinition } from '../../model/privacy.ts';
import type { Facet, Register } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { readConsents, readNotices } from '../../profile/registers.ts';

export interface ReceiptContext {
  readonly privacy: CompiledPrivacy;
  readonly now: EpochMs;
  readonly receiptId: string;
}

/**
 * A receipt of somebody's consents, in the fields of ISO/IEC TS 27560:2023 (consent record information structure) as far as the
 * engine knows them: what else the standard asks for (places of storage, authorities, rights) is the controller's to add.
 */
export function consentReceipt(
  profile: string,
  facets: readonly Facet[],
  { privacy: { definition, inactive }, now, receiptId }: ReceiptContext,
): JsonObject {
  const { controller, notices } = definition;
  const told = [...readNotices(facets)].sort();
  return {
    schema_version: 'ISO/IEC TS 27560:2023',
    receipt_id: receiptId,
    record_id: `${profile}@${now}`,
    pii_principal_id: profile,
    issued_at: new Date(now).toISOString(),
    privacy_notices: told.map(([notice, { value, time }]) => ({
      notice,
      version: value,
      told_at: new Date(time).toISOString(),
      ...(notices[notice]?.url === undefined ? {} : { url: notices[notice].url }),
    })),
    party_identification:
      controller === undefined
        ? []
        : [
            {
              party_role: 'pii_controller',
              party_name: controller.name,
              ...(controller.contact === undefined ? {} : { party_contact: controller.contact }),
              ...(controller.address === undefined ? {} : { party_address: controller.address }),
              ...(controller.url === undefined ? {} : { party_url: controller.url }),
            },
          ],
    purposes: readConsents(facets).map(({ name, ...register }) => ({
      ...purposeOf(name, definition),
      active: !inactive.has(name.split('.', 1)[0] ?? name),
      event: eventOf(register),
    })),
  };
}

function purposeOf(name: string, { purposes, fields, partners }: PrivacyDefinition): JsonObject {
  const [purpose = name, channel] = name.split('.');
  const declared = Object.hasOwn(purposes, purpose) ? purposes[purpose] : undefined;
  const needed = Object.entries(fields).filter(
    ([, field]) => field.purpose === purpose || field.consent === name || field.consent === purpose,
  );
  const partner = purpose === 'sharing' && channel !== undefined ? partners[channel] : undefined;
  return {
    purpose,
    ...(channel === undefined ? {} : { channel }),
    ...(declared?.description === undefined ? {} : { purpose_description: declared.description }),
    lawful_basis: declared?.basis ?? 'consent',
    pii_information: needed.map(([field, of]) => ({
      pii_type: field,
      sensitive_pii_category: of.class === 'sensitive',
    })),
    ...(partner === undefined
      ? {}
      : { recipient_third_parties: [channel ?? ''], retention_period: `P${partner.keep_days}D` }),
    withdrawal_method: 'an event with this consent as false, or PUT /v1/profiles/{id}/consents',
  };
}

function eventOf({ value, time, tie, stated, text }: Register): JsonObject {
  const [source = '', eventId = ''] = tie.split('\0');
  return {
    event_type: 'explicit',
    event_state: value === true ? 'consent_given' : 'consent_withdrawn',
    event_time: new Date(time).toISOString(),
    entity_id: stated === true ? 'unproved' : 'pii_principal',
    source,
    event_id: eventId,
    ...(text === undefined ? {} : { text_version: text }),
  };
}
