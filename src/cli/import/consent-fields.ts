import { TesseraError } from '../../errors.ts';
import type { FieldSpecs } from './import-map.ts';
import { type Columns, compileFields, type Writer } from './writers.ts';

/** `{ "marketing.sms": …, sharing: … }` as events carry consents: `{"marketing":{"sms":…},"sharing":…}`. */
export function compileConsent(fields: FieldSpecs, columns: Columns, path: string): Writer {
  const whole: Record<string, FieldSpecs[string]> = {};
  const channels = new Map<string, Record<string, FieldSpecs[string]>>();
  for (const [name, spec] of Object.entries(fields)) {
    const [purpose = name, channel] = name.split('.');
    if (channel === undefined) whole[purpose] = spec;
    else channels.set(purpose, { ...channels.get(purpose), [channel]: spec });
  }
  const both = Object.keys(whole).find((purpose) => channels.has(purpose));
  if (both !== undefined)
    throw new TesseraError('invalid_map', `${path}: ${both} is given as a whole and by channel.`, { path });
  const parts = [...channels].map(([purpose, specs]) => ({
    head: `${JSON.stringify(purpose)}:`,
    write: compileFields(specs, columns, path),
  }));
  const writeWhole = compileFields(whole, columns, path);
  return (row, unit) => {
    const texts = parts.flatMap(({ head, write }) => {
      const value = write(row, unit);
      return value === undefined ? [] : [head + value];
    });
    const rest = writeWhole(row, unit);
    if (rest !== undefined) texts.push(rest.slice(1, -1));
    return texts.length === 0 ? undefined : `{${texts.join(',')}}`;
  };
}
