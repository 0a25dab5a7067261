import { Context, Liquid, type Template } from 'liquidjs';
import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { Zones } from '../model/zone.ts';
import { formatTime } from './format-time.ts';

/**
 * Liquid without anything that would make two renderings of one decision differ, or that reaches out of the template: no
 * files, no chance, no clock. What is kept is listed, so that a new version of the library adds nothing by itself.
 * Work is bounded by counting what is rendered, not by a clock: a replay on a slower machine has to give the same text.
 */
const NUMBERS = [
  'abs',
  'at_least',
  'at_most',
  'ceil',
  'divided_by',
  'floor',
  'minus',
  'modulo',
  'plus',
  'round',
  'times',
];
const TEXTS = [
  ...[
    'append',
    'capitalize',
    'downcase',
    'escape',
    'lstrip',
    'newline_to_br',
    'prepend',
    'remove',
    'replace',
  ],
  ...[
    'rstrip',
    'split',
    'strip',
    'strip_html',
    'strip_newlines',
    'truncate',
    'truncatewords',
    'upcase',
    'url_encode',
  ],
];
const LISTS = [
  ...[
    'compact',
    'concat',
    'first',
    'join',
    'last',
    'map',
    'reverse',
    'size',
    'slice',
    'sort',
    'sum',
    'uniq',
    'where',
  ],
];
const FILTERS: ReadonlySet<string> = new Set([...NUMBERS, ...TEXTS, ...LISTS, 'default', 'json']);
const TAGS: ReadonlySet<string> = new Set([
  ...[
    'assign',
    'break',
    'capture',
    'case',
    'comment',
    'continue',
    'cycle',
    'echo',
    'for',
    'if',
    'raw',
    'unless',
    '#',
  ],
]);

export class TemplateEngine {
  readonly #liquid: Liquid;

  constructor() {
    const liquid = new Liquid({
      strictFilters: true,
      strictVariables: false,
      ownPropertyOnly: true,
      parseLimit: limits.templateCharactersMax,
      memoryLimit: limits.templateMemoryMax,
      // There are no files: whatever tag would read one is gone, and a template of a name would not be found.
      templates: {},
      outputEscape: withoutObjects,
    });
    for (const name of Object.keys(liquid.filters)) if (!FILTERS.has(name)) delete liquid.filters[name];
    for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name];
    for (const name of TEXTS) liquid.filters[name] = ofText(liquid.filters[name]);
    const zones = new Zones();
    liquid.registerFilter('date', function (value: JsonValue | undefined, format: unknown) {
      const zone = String(this.context.getSync(['zone']) ?? '');
      return formatTime(value, typeof format === 'string' ? format : '%Y-%m-%d', { zone, zones });
    });
    this.#liquid = liquid;
  }

  /** Throws what Liquid says is wrong: an unknown tag or filter, a brace that is not closed, a text that is too long. */
  parse(text: string): Template[] {
    return this.#liquid.parse(text);
  }

  /** The names that a template takes from outside, each as its path; a part that is itself looked up is undefined. */
  namesIn(template: Template[]): readonly (readonly (string | undefined)[])[] {
    return this.#liquid
      .globalVariableSegmentsSync(template, { partials: false })
      .map((path) => path.map((part) => (Array.isArray(part) ? undefined : String(part))));
  }

  /** Throws where the work or the text exceeds its bound. */
  render(template: Template[], scope: JsonObject): string {
    const context = new Context(scope, this.#liquid.options, { sync: true }, boundedBy(new StepCount()));
    const text = String(this.#liquid.renderSync(template, context));
    if (text.length > limits.messageCharactersMax)
      throw new TesseraError('template_limit', 'the text is too long');
    return text;
  }
}

type Filter = Liquid['filters'][string];

/** The filter, asked for the text of what has one. */
function ofText(filter: Filter | undefined): Filter {
  assert(typeof filter === 'function', 'Liquid has the filter, and it is a function');
  return function (value, ...more) {
    return filter.call(this, withoutObjects(value), ...more);
  };
}

/** A whole object has no text: it leaves nothing behind, as a missing value does. */
function withoutObjects(value: unknown): string {
  if (Array.isArray(value)) return value.map(withoutObjects).join('');
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

type ContextBounds = NonNullable<ConstructorParameters<typeof Context>[3]>;

/** Liquid asks its limit with the time of a clock before each part; the class that it names is not exported. */
function boundedBy(steps: StepCount): ContextBounds {
  return { renderLimit: steps } as unknown as ContextBounds;
}

class StepCount {
  #steps = 0;

  use(): void {
    this.check();
  }

  check(): void {
    this.#steps++;
    if (this.#steps > limits.templateStepsMax)
      throw new TesseraError('template_limit', 'too much is to be rendered');
  }
}
