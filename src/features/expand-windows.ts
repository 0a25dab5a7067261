import { limits } from '../limits.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { JsonObject } from '../model/json.ts';
import { hasZone, isCalendarUnit, refuseWindow } from './window.ts';

/** What a definition says of its window, under the name that its feature gets. */
export type NamedWindow = Pick<FeatureDefinition, 'name' | 'window' | 'previous' | 'zone' | 'idle'>;

interface Options {
  readonly previous: number | undefined;
  readonly zone: string | undefined;
  readonly idle: string | undefined;
}

function optionsOf(raw: JsonObject, name: string): Options {
  const { previous, zone, idle } = raw;
  if (previous !== undefined && typeof previous !== 'number')
    refuseWindow(name, '/previous', 'must be a number of calendar units');
  if (zone !== undefined && typeof zone !== 'string')
    refuseWindow(name, '/zone', 'must be an IANA time zone such as Asia/Shanghai');
  if (idle !== undefined && typeof idle !== 'string')
    refuseWindow(name, '/idle', 'must be a duration such as 30m');
  return { previous, zone, idle };
}

function withOptions(name: string, window: string, { previous, zone, idle }: Options): NamedWindow {
  return {
    name,
    window,
    ...(previous === undefined ? {} : { previous }),
    ...(zone === undefined ? {} : { zone }),
    ...(idle === undefined ? {} : { idle }),
  };
}

/** What is said of other windows of the list stays out, so that each feature says what concerns it. */
function optionsFor(window: string, raw: JsonObject, options: Options): Options {
  const { previous, zone, idle } = options;
  return {
    previous,
    zone: isCalendarUnit(window) || hasZone(raw.aggregate) ? zone : undefined,
    idle: window === 'session' ? idle : undefined,
  };
}

function suffixOf(window: string, previous: number | undefined): string {
  if (previous === undefined || previous === 0) return window;
  return previous === 1 ? `previous_${window}` : `${window}_${previous}_ago`;
}

function listed(raw: JsonObject, name: string): readonly string[] {
  const { windows } = raw;
  if (!Array.isArray(windows) || windows.length === 0)
    refuseWindow(name, '/windows', 'must be a list of windows');
  const max = limits.featureWindowsMax;
  if (windows.length > max)
    refuseWindow(name, '/windows', `lists ${windows.length} windows; at most ${max} are allowed`);
  const texts = windows.map((each: unknown) =>
    typeof each === 'string' ? each : refuseWindow(name, '/windows', 'must list texts such as 30m'),
  );
  const twice = texts.find((text, i) => texts.indexOf(text) < i);
  if (twice !== undefined) refuseWindow(name, '/windows', `lists "${twice}" twice`);
  return texts;
}

/** Options that concern none of the windows are mistakes, not defaults. */
function checkOptions(windows: readonly string[], raw: JsonObject, name: string): void {
  if (raw.zone !== undefined && !hasZone(raw.aggregate) && !windows.some(isCalendarUnit))
    refuseWindow(name, '/zone', 'belongs to the windows "day", "week" and "month"');
  if (raw.idle !== undefined && !windows.includes('session'))
    refuseWindow(name, '/idle', 'belongs to the window "session"');
}

/**
 * The windows of a definition as its author writes it: `window`, or `windows`, of which each makes a feature named
 * after it: `views_24h`, `views_month`, `views_previous_month`, `views_month_3_ago`, `views_session`.
 */
export function expandWindows(raw: JsonObject, name: string): readonly NamedWindow[] {
  const options = optionsOf(raw, name);
  const { window } = raw;
  if (raw.windows === undefined) {
    if (typeof window !== 'string')
      refuseWindow(name, '/window', 'must be "lifetime" or a duration such as 30m');
    return [withOptions(name, window, options)];
  }
  if (window !== undefined) refuseWindow(name, '/windows', 'may not stand beside "window"');
  const windows = listed(raw, name);
  checkOptions(windows, raw, name);
  return windows.map((each) => {
    const expanded = `${name}_${suffixOf(each, options.previous)}`;
    if (!NAME.test(expanded)) refuseWindow(name, '/windows', `"${expanded}" is not a possible name`);
    return withOptions(expanded, each, optionsFor(each, raw, options));
  });
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
