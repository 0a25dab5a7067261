/** Wall clocks as `Intl` tells them, and nothing else: dates are texts, minutes are numbers of the day. */
interface Wall {
  readonly date: string;
  readonly minutes: number;
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** Only so that the oracle stays usable: making a format takes longer than all it is asked. */
const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(zone)) return formats.get(zone);
  let format: Intl.DateTimeFormat | undefined;
  try {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  } catch {
    // Intl refuses zones that do not exist, and that is the answer.
    format = undefined;
  }
  formats.set(zone, format);
  return format;
}

export function isZone(zone: unknown): zone is string {
  return typeof zone === 'string' && formatOf(zone) !== undefined;
}

function wallOf(zone: string, time: number): Wall {
  const parts = new Map(
    formatOf(zone)
      ?.formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return { date, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

export function dateIn(zone: string, time: number): string {
  return wallOf(zone, time).date;
}

export function minutesIn(zone: string, time: number): number {
  return wallOf(zone, time).minutes;
}

export function minutesOf(clock: string): number {
  const [hours = '0', minutes = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}

export function datePlus(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

const moments = new Map<string, number>();

/** The first moment at which the zone's clock shows this date and time, or later; offsets are whole quarters of an hour. */
export function momentIn(zone: string, date: string, clock: string): number {
  const name = `${zone} ${date} ${clock}`;
  const known = moments.get(name);
  if (known !== undefined) return known;
  let moment = Date.parse(`${date}T${clock}:00Z`) - 15 * 60 * MINUTE;
  const reached = (): boolean => {
    const wall = wallOf(zone, moment);
    return wall.date > date || (wall.date === date && wall.minutes >= minutesOf(clock));
  };
  while (!reached()) moment += 15 * MINUTE;
  moments.set(name, moment);
  return moment;
}
