/** The slowest possible reading of RFC 4180, character by character over the whole text: the oracle. */
export function naiveCsv(
  text: string,
  delimiter: string,
): readonly { readonly line: number; readonly fields: readonly string[] }[] {
  const records: { line: number; fields: string[] }[] = [];
  let fields: string[] = [];
  let field = '';
  let state: 'start' | 'plain' | 'quoted' | 'closing' = 'start';
  let line = 1;
  let startedAt = 1;
  let touched = false;
  const endRecord = (): void => {
    if (touched) records.push({ line: startedAt, fields: [...fields, field] });
    fields = [];
    field = '';
    touched = false;
    state = 'start';
  };
  for (const character of text.replaceAll('\r\n', '\n')) {
    if (character === '\n') line += 1;
    if (state === 'quoted') {
      if (character === '"') state = 'closing';
      else field += character;
      continue;
    }
    if (state === 'closing' && character === '"') {
      field += '"';
      state = 'quoted';
      continue;
    }
    if (character === '\n') {
      endRecord();
      startedAt = line;
      continue;
    }
    touched = true;
    if (character === delimiter) {
      fields.push(field);
      field = '';
      state = 'start';
    } else if (character === '"' && state === 'start') state = 'quoted';
    else {
      field += character;
      state = 'plain';
    }
  }
  endRecord();
  return records;
}
