import type { JsonObject } from './json.ts';

/** What a message says in one language: a body, and whatever else its channel shows (title, link, …), each in Liquid. */
export interface TemplateTexts {
  readonly body: string;
  readonly [part: string]: string;
}

/** A message, in every language that it is written in (schemas/definitions/template.json). */
export interface TemplateDefinition {
  readonly name: string;
  readonly description?: string;
  /** For whoever speaks none of the others; one of `locales`. */
  readonly default_locale: string;
  /** By language tag: `en`, `zh-CN`. */
  readonly locales: Readonly<Record<string, TemplateTexts>>;
}

/** What a template made of a firing; without texts where it could not be rendered within its bounds. */
export interface RenderedMessage extends JsonObject {
  readonly template: string;
  readonly locale: string;
}
