const PROFILE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TYPED = /^[a-z][a-z0-9_]*(@[^:]+)?:/;

/** What somebody types into the search, as the API names people. */
export function toReference(text: string): string {
  const trimmed = text.trim();
  if (PROFILE_ID.test(trimmed)) return trimmed.toLowerCase();
  if (TYPED.test(trimmed)) return trimmed;
  if (trimmed.includes('@')) return `email:${trimmed}`;
  if (/^\+?[\d\s()-]{5,}$/.test(trimmed)) return `phone:${trimmed.replace(/[\s()-]/g, '')}`;
  return `user_id:${trimmed}`;
}
