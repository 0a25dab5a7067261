import type { Template } from 'liquidjs';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { TemplateDefinition, TemplateTexts } from '../model/template.ts';
import { TemplateEngine } from './template-engine.ts';
import { NameCheck, type TemplateUses } from './template-names.ts';

/** A template made ready: every text parsed, everything that it names known. */
export interface CompiledTemplate {
  readonly name: string;
  readonly uses: TemplateUses;
  /** By language tag in lower case. */
  readonly locales: ReadonlyMap<string, CompiledTexts>;
  readonly fallback: CompiledTexts;
}

export interface CompiledTexts {
  readonly locale: string;
  readonly parts: readonly (readonly [part: string, template: Template[]])[];
}

export interface TemplateSet {
  readonly engine: TemplateEngine;
  readonly byName: ReadonlyMap<string, CompiledTemplate>;
}

/** Names that a rendered message has beside its texts. */
const RESERVED: ReadonlySet<string> = new Set(['template', 'locale', 'error']);

/** Fails with `invalid_definition`, naming the template and the place in it. */
export function compileTemplates(
  definitions: readonly TemplateDefinition[],
  features?: ReadonlySet<string>,
): TemplateSet {
  if (definitions.length > limits.templatesMax) {
    const most = limits.templatesMax;
    throw new TesseraError('invalid_definition', `${definitions.length} templates; at most ${most}`);
  }
  const engine = new TemplateEngine();
  const byName = new Map<string, CompiledTemplate>();
  for (const definition of definitions) byName.set(definition.name, compile(definition, engine, features));
  return { engine, byName };
}

function compile(
  definition: TemplateDefinition,
  engine: TemplateEngine,
  features: ReadonlySet<string> | undefined,
): CompiledTemplate {
  const { name, default_locale: wanted } = definition;
  try {
    const check = new NameCheck(features);
    const locales = new Map<string, CompiledTexts>();
    for (const [locale, texts] of Object.entries(definition.locales)) {
      if (locales.has(locale.toLowerCase())) refuse(`/locales/${locale}`, 'it is there twice');
      locales.set(locale.toLowerCase(), compileTexts(locale, texts, { engine, check }));
    }
    const fallback = locales.get(wanted.toLowerCase()) ?? refuse('/default_locale', 'it has no texts');
    return { name, uses: check.uses, locales, fallback };
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { path } = error;
    throw new TesseraError('invalid_definition', `template ${name}: ${error.message}`, {
      cause: error,
      ...(path === undefined ? {} : { path }),
    });
  }
}

function compileTexts(
  locale: string,
  texts: TemplateTexts,
  { engine, check }: { readonly engine: TemplateEngine; readonly check: NameCheck },
): CompiledTexts {
  const parts = Object.entries(texts).map(([part, text]) => {
    const path = `/locales/${locale}/${part}`;
    if (RESERVED.has(part)) refuse(path, 'the name belongs to the message itself');
    const template = parse(text, path, engine);
    for (const variable of engine.namesIn(template)) check.take(variable, path);
    return [part, template] as const;
  });
  return { locale, parts };
}

function parse(text: string, path: string, engine: TemplateEngine): Template[] {
  try {
    return engine.parse(text);
  } catch (error) {
    // Liquid's own message says what is wrong in which line.
    return refuse(path, error instanceof Error ? error.message : String(error));
  }
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}
