const MINUTE_MS = 60_000;

/** Only so that the oracle stays usable: making a format takes longer than all it is asked, and the same moments are asked for again and again. */
const zones = new Map<
  string,
  { readonly format: Intl.DateTimeFormat; readonly dates: Map<number, string> }
>();

/** The local date, `YYYY-MM-DD`, at a moment of our days, in which clocks change at full minutes (St. John’s changed at one past midnight). */
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
  const minute = Math.floor(time / MINUTE_MS);
  const date = known.dates.get(minute) ?? known.format.format(time);
  known.dates.set(minute, date);
  return date;
}
