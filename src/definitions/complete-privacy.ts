import { TesseraError } from '../errors.ts';
import {
  CORE_PURPOSES,
  type FieldDefinition,
  type NoticeDefinition,
  type PartnerDefinition,
  PRIVACY_BEFORE_ANY,
  type PrivacyDefinition,
  type PurposeDefinition,
} from '../model/privacy.ts';
import { biometricNames, SENSITIVE_FIELDS, spellingsOf } from '../model/sensitive-fields.ts';

/** A privacy definition as its author wrote it. */
export interface WrittenPrivacy
  extends Omit<Partial<PrivacyDefinition>, 'purposes' | 'notices' | 'fields' | 'partners'> {
  readonly purposes?: Readonly<Record<string, Partial<PurposeDefinition>>>;
  readonly notices?: Readonly<Record<string, Partial<NoticeDefinition> & { readonly version: number }>>;
  readonly fields?: Readonly<Record<string, Partial<FieldDefinition> & { readonly purpose: string }>>;
  readonly partners?: Readonly<
    Record<string, Partial<PartnerDefinition> & Pick<PartnerDefinition, 'fields' | 'until'>>
  >;
}

const KEEP_DAYS = 90;

/** Fills in the defaults and checks that its parts go together; fails with `invalid_definition` and the place. */
export function completePrivacy(written: WrittenPrivacy): PrivacyDefinition {
  const { description, controller } = written;
  const definition: PrivacyDefinition = {
    name: 'default',
    ...(description === undefined ? {} : { description }),
    ...(controller === undefined ? {} : { controller }),
    // What the engine asks about is always there; a definition may describe it, or switch it off.
    purposes: {
      ...CORE_PURPOSES,
      ...mapped(written.purposes, (purpose, name) => ({
        ...(CORE_PURPOSES[name] ?? { basis: 'consent', active: true }),
        ...purpose,
      })),
    },
    notices: mapped(written.notices, (notice) => ({ everyone: false, ...notice })),
    fields: mapped(written.fields ?? PRIVACY_BEFORE_ANY.fields, completeField),
    partners: mapped(written.partners, (partner) => ({ keep_days: KEEP_DAYS, ...partner })),
  };
  checkFields(definition);
  checkPartners(definition);
  return definition;
}

/** A sensitive field needs a consent of its own, unless its author says which one, or none. */
function completeField(
  { consent, ...field }: Partial<FieldDefinition> & { readonly purpose: string },
  name: string,
): FieldDefinition {
  const of = field.class ?? (Object.hasOwn(SENSITIVE_FIELDS, name) ? 'sensitive' : 'general');
  const needed =
    consent ?? (of === 'sensitive' ? (name === 'dependents' ? 'guardian' : `sensitive.${name}`) : undefined);
  return { ...field, class: of, ...(needed === undefined ? {} : { consent: needed }) };
}

function checkFields({ fields, purposes, notices }: PrivacyDefinition): void {
  const biometric = biometricNames();
  for (const [name, { purpose, notice }] of Object.entries(fields)) {
    const path = `/fields/${name}`;
    if (biometric.has(name)) refuse(path, 'biometric data is not taken, for no purpose');
    const canonical = Object.entries(SENSITIVE_FIELDS).find(([, names]) => names.includes(name))?.[0];
    if (canonical !== undefined && canonical !== name)
      refuse(path, `is a spelling of ${canonical}: declare that, which holds for every spelling`);
    if (!Object.hasOwn(purposes, purpose)) refuse(`${path}/purpose`, `there is no purpose "${purpose}"`);
    if (notice === undefined) continue;
    const known = Object.hasOwn(notices, notice.name) ? notices[notice.name] : undefined;
    if (known === undefined) refuse(`${path}/notice`, `there is no notice "${notice.name}"`);
    if (known !== undefined && known.version < notice.version)
      refuse(`${path}/notice/version`, `the notice "${notice.name}" is at version ${known.version} only`);
  }
}

/** What is sensitive is in no row for a partner, however it is spelled; what is sealed is never readable there anyhow. */
function checkPartners({ partners, fields }: PrivacyDefinition): void {
  const declared = Object.entries(fields).flatMap(([name, { class: of }]) =>
    of === 'sensitive' ? [name] : [],
  );
  const sensitive = new Set([...Object.values(SENSITIVE_FIELDS).flat(), ...declared].flatMap(spellingsOf));
  for (const [name, partner] of Object.entries(partners)) {
    const shared = partner.fields.map((field) => field.replace(/^traits\./, ''));
    const wrong = shared.find((field) => sensitive.has(field));
    if (wrong !== undefined) refuse(`/partners/${name}/fields`, `"${wrong}" is sensitive and is not shared`);
  }
}

function mapped<From, To>(
  written: Readonly<Record<string, From>> | undefined,
  complete: (value: From, name: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([name, value]) => [name, complete(value, name)]),
  );
}

function refuse(path: string, problem: string): never {
  throw new TesseraError('invalid_definition', `privacy, ${path}: ${problem}`, { path });
}
