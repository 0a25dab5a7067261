/** What a wall clock of a zone shows, by Intl alone: the independent reading that limits are held against. */
export interface WallClock {
  /** `2026-03-29`. */
  readonly date: string;
  /** Minutes since midnight. */
  readonly minutes: number;
}

export function createWallClock(zone: string): (at: number) => WallClock {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return {
      date: `${part.year}-${part.month}-${part.day}`,
      minutes: Number(part.hour) * 60 + Number(part.minute),
    };
  };
}

/** Days from one date to a later one, by the calendar. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Zones with clocks that change at midnight, by half an hour, in the other hemisphere, or by a whole day once. */
export const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Asuncion',
  'Asia/Kathmandu',
  'Pacific/Apia',
] as const;

/** Around changes of clocks of these zones, and any time else of some years. */
export const FROM = Date.UTC(2011, 11, 1);
export const TO = Date.UTC(2027, 11, 31);
