const QUARTER_MS = 15 * 60_000;

/** Only so that the oracle stays usable: making a format takes longer than all it is asked, and the same moments are asked for again and again. */
const zones = new Map<
  string,
  { readonly format: Intl.DateTimeFormat; readonly dates: Map<number, string> }
>();

/** The local date, `YYYY-MM-DD`, at a moment of our days, in which clocks change at quarters of an hour. */
export function localDate(zone: string, time: number): string {
  const known = zones.get(zone) ?? {
    format: new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    }),
    dates: new Map<number, string>(),
  };
  zones.set(zone, known);
  const quarter = Math.floor(time / QUARTER_MS);
  const date = known.dates.get(quarter) ?? known.format.format(time);
  known.dates.set(quarter, date);
  return date;
}
