import { parse, stringify } from 'yaml';
import type { Kind } from './triggers-page.tsx';

/** Stands in the address where a name would; no definition can be called so. */
export const NEW = '+';

export type Fields = Readonly<Record<string, unknown>>;

/** What is typed: its text, and what it says where it says something. */
export interface Draft {
  readonly text: string;
  readonly fields: Fields | undefined;
  /** Why it is no definition yet, in the words of the YAML reader. */
  readonly problem?: string;
}

/** What the engine adds to a definition when it tells it. */
const TOLD = ['version', 'author', 'since', 'members', 'numbers'];

export function draftOf(definition: Fields): Draft {
  const fields = Object.fromEntries(Object.entries(definition).filter(([name]) => !TOLD.includes(name)));
  return { text: stringify(fields, { lineWidth: 100 }), fields };
}

export function draftOfText(text: string): Draft {
  try {
    const value: unknown = parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { text, fields: undefined, problem: 'name: …' };
    }
    return { text, fields: value as Fields };
  } catch (error) {
    return { text, fields: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The draft with another value at a path of names; an empty text takes the field away. */
export function withField({ fields = {} }: Draft, path: readonly string[], value: string | number): Draft {
  return draftOf(setIn(fields, path, value));
}

/** The draft as it is once it was switched; what cannot be read is left to whoever types it. */
export function withSwitch(draft: Draft, on: boolean): Draft {
  if (draft.fields === undefined) return draft;
  const { enabled: _enabled, ...fields } = draft.fields;
  return draftOf(on ? fields : { ...fields, enabled: false });
}

function setIn(fields: Fields, [name = '', ...rest]: readonly string[], value: string | number): Fields {
  if (rest.length === 0) {
    if (value !== '') return { ...fields, [name]: value };
    const { [name]: _gone, ...others } = fields;
    return others;
  }
  const inner = fields[name];
  return { ...fields, [name]: setIn(isFields(inner) ? inner : {}, rest, value) };
}

/** The text at a path of names, or nothing. */
export function fieldOf(fields: Fields | undefined, [name = '', ...rest]: readonly string[]): string {
  const value = fields?.[name];
  if (rest.length > 0) return isFields(value) ? fieldOf(value, rest) : '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether a form can show what is at a path: nothing, a text or a number, and no list or group. */
export function isPlain(fields: Fields | undefined, [name = '', ...rest]: readonly string[]): boolean {
  const value = fields?.[name];
  if (value === undefined) return true;
  return rest.length > 0 ? isFields(value) && isPlain(value, rest) : typeof value !== 'object';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where somebody begins who has nothing yet: it can be put in force as it is, but for its name. */
export const BEGINNINGS: Readonly<Record<Kind, Fields>> = {
  triggers: {
    name: 'my_trigger',
    description: 'Three looks at products within half an hour',
    purpose: 'marketing',
    on: { count: 3, of: { event: 'product_viewed' }, within: '30m' },
    limit: { caps: [{ trigger: true, count: 1, every: '1d' }] },
    action: { channel: 'preferred', data: {} },
  },
  segments: {
    name: 'my_segment',
    description: 'Ordered at least twice',
    when: { feature: 'orders_lifetime', gte: 2 },
  },
  features: {
    name: 'my_feature',
    description: 'Product views of the last hour',
    on: 'product_viewed',
    aggregate: 'count',
    window: '1h',
  },
};
