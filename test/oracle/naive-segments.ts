import type { JsonValue } from '../../src/model/json.ts';
import type { SegmentDefinition } from '../../src/model/segment.ts';

/** What there is to know of a profile at a moment, computed by whoever asks, anew and from everything that was seen. */
export interface NaiveProfile {
  readonly features: Readonly<Record<string, JsonValue>>;
  readonly traits?: Readonly<Record<string, JsonValue>>;
  readonly consents?: Readonly<Record<string, boolean>>;
  readonly tags?: ReadonlySet<string>;
}

type Written = Readonly<Record<string, unknown>>;

/**
 * Who is in which segment, said as plainly as possible: look at all of them again and again until nothing changes any more,
 * of a group taking the first by rank. It shares no code with the engine.
 */
export function naiveSegments(
  definitions: readonly SegmentDefinition[],
  profile: NaiveProfile,
): ReadonlySet<string> {
  let members: ReadonlySet<string> = new Set();
  for (let round = 0; round <= definitions.length; round++) {
    const holding = definitions.filter(({ when }) => holds(when, profile, { definitions, members }));
    const next = new Set(holding.filter((each) => isFirst(each, holding)).map(({ name }) => name));
    if (next.size === members.size && [...next].every((name) => members.has(name))) return next;
    members = next;
  }
  throw new Error('segments go around in circles');
}

function isFirst({ group, rank = 0 }: SegmentDefinition, holding: readonly SegmentDefinition[]): boolean {
  return group === undefined || !holding.some((each) => each.group === group && (each.rank ?? 0) < rank);
}

interface Known {
  readonly definitions: readonly SegmentDefinition[];
  readonly members: ReadonlySet<string>;
}

function holds(condition: unknown, profile: NaiveProfile, known: Known): boolean {
  const written = condition as Written;
  if (Array.isArray(written.all)) return written.all.every((each) => holds(each, profile, known));
  if (Array.isArray(written.any)) return written.any.some((each) => holds(each, profile, known));
  if (written.not !== undefined) return !holds(written.not, profile, known);
  const { feature, trait, consent, tag, segment, ...operators } = written;
  if (typeof segment === 'string') return known.members.has(segment) === (operators.equals ?? true);
  if (typeof tag === 'string') {
    const byRule = known.definitions.some(({ name, kind }) => name === tag && kind === 'tag');
    const has = profile.tags?.has(tag) === true || (byRule && known.members.has(tag));
    return has === (operators.equals ?? true);
  }
  if (typeof feature === 'string') return fits(profile.features[feature], operators);
  if (typeof trait === 'string') return fits(profile.traits?.[trait], operators);
  return fits(profile.consents?.[String(consent)], operators);
}

function fits(value: JsonValue | undefined, operators: Written): boolean {
  return Object.entries(operators).every(([operator, operand]) => {
    const number = Number(operand);
    switch (operator) {
      case 'equals':
        return value === operand;
      case 'exists':
        return (value !== undefined && value !== null) === operand;
      case 'contains':
        return Array.isArray(value) && value.some((each: JsonValue) => each === operand);
      case 'gt':
        return typeof value === 'number' && value > number;
      case 'gte':
        return typeof value === 'number' && value >= number;
      case 'lt':
        return typeof value === 'number' && value < number;
      case 'lte':
        return typeof value === 'number' && value <= number;
      case 'between': {
        const [low, high] = operand as [number, number];
        return typeof value === 'number' && value >= low && value <= high;
      }
      default:
        throw new Error(`${operator} is not among what the oracle knows`);
    }
  });
}
