/**
 * Names under which sensitive personal information comes as a trait, without anybody having declared it (PIPL Art. 28 and GDPR
 * Art. 9 name the kinds: health, belief, minors, documents, accounts). A name says little: whatever else is sensitive in a
 * deployment has to be declared. Spellings of one field are one field: what is declared of it holds for all of them.
 */
export const SENSITIVE_FIELDS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  birthday: ['birthday', 'birthdate', 'birth_date', 'date_of_birth'],
  id_number: ['id_number', 'id_card', 'passport_number', 'national_id'],
  dependents: ['dependents', 'children'],
  health: ['health', 'health_conditions', 'medical_conditions', 'medical_history', 'disability', 'pregnancy'],
  religion: ['religion', 'religious_belief'],
  ethnicity: ['ethnicity', 'ethnic_origin'],
  politics: ['political_opinion', 'political_party'],
  orientation: ['sexual_orientation', 'sex_life'],
  union_membership: ['trade_union', 'union_membership'],
  criminal_record: ['criminal_record'],
  bank_account: ['bank_account', 'bank_card', 'card_number', 'credit_card_number', 'iban'],
  location_history: ['location_history', 'whereabouts'],
});

/**
 * What a body gives away and nobody can change: refused as an identifier and as anything else. A browser's fingerprint is none,
 * so that word alone is not among them.
 */
const BIOMETRIC_NAMES: readonly string[] = [
  'face_id',
  'face_image',
  'face_embedding',
  'face_vector',
  'face_print',
  'faceprint',
  'face_template',
  'facial_features',
  'finger_print_template',
  'fingerprint_template',
  'fingerprint_image',
  'voice_print',
  'voiceprint',
  'iris',
  'iris_scan',
  'iris_code',
  'retina_scan',
  'palm_print',
  'palmprint',
  'palm_vein',
  'vein_pattern',
  'gait',
  'gait_pattern',
  'dna',
  'dna_profile',
  'genetic_data',
  'biometric',
  'biometrics',
  'biometric_id',
  'biometric_template',
];

/** The name as senders write it: `face_id`, `faceId`, `FaceId`, `face-id`, `faceid`, `FACE_ID`. */
export function spellingsOf(name: string): readonly string[] {
  const words = name.split('_');
  const titled = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const camel = [words[0], ...titled.slice(1)].join('');
  return [...new Set([name, camel, titled.join(''), words.join('-'), words.join(''), name.toUpperCase()])];
}

/** Every spelling of every name. */
export function biometricNames(): ReadonlySet<string> {
  return new Set(BIOMETRIC_NAMES.flatMap(spellingsOf));
}
