import type { JsonObject } from '../model/json.ts';
import type { RenderedMessage } from '../model/template.ts';
import type { CompiledTemplate, CompiledTexts, TemplateSet } from './compile-templates.ts';

/** What a message is rendered from: names and their values, and the customer's language. */
export interface Rendering {
  readonly scope: JsonObject;
  readonly locale: string;
}

/**
 * The message in the customer's language: as the tag says, else with less and less of it, else in the template's own. A
 * value that is missing leaves nothing behind, never a word such as undefined. What exceeds its bounds has no texts but says why.
 */
export function renderMessage(
  { engine }: TemplateSet,
  template: CompiledTemplate,
  { scope, locale }: Rendering,
): RenderedMessage {
  const texts = textsFor(template, locale);
  const rendered: Record<string, string> = { template: template.name, locale: texts.locale };
  try {
    for (const [part, parsed] of texts.parts) rendered[part] = engine.render(parsed, scope);
  } catch (error) {
    // The same texts over the same values fail everywhere, so this is part of the decision.
    const why = error instanceof Error ? error.message : String(error);
    return { template: template.name, locale: texts.locale, error: why.slice(0, ERROR_CHARACTERS) };
  }
  return { template: template.name, locale: texts.locale, ...rendered };
}

const ERROR_CHARACTERS = 200;

function textsFor({ locales, fallback }: CompiledTemplate, wanted: string): CompiledTexts {
  let tag = wanted.replaceAll('_', '-').toLowerCase();
  while (tag !== '') {
    const found = locales.get(tag);
    if (found !== undefined) return found;
    tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')));
  }
  return fallback;
}
