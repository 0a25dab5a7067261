/** How paths and bodies name a profile: by its id, or by an identifier. */
export type ProfileReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'identifier'; readonly type: string; readonly value: string };

const PROFILE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const IDENTIFIER = /^([a-z][a-z0-9_]{0,63}(?:@[^:\p{Cc}]{1,128})?):([\s\S]+)$/u;

/** A profile id, `type:value` or `type@issuer:value`; undefined where the text is none of them. */
export function parseReference(text: string): ProfileReference | undefined {
  if (PROFILE_ID.test(text)) return { kind: 'id', id: text };
  const [, type, value] = IDENTIFIER.exec(text) ?? [];
  return type === undefined || value === undefined ? undefined : { kind: 'identifier', type, value };
}
