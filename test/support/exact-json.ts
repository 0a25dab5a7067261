/**
 * What a JSON text says, token by token, without reading numbers as doubles or objects as maps: two texts with the same
 * tokens say the same, and a key that is there twice is there twice.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:,]/gs;

export function exactTokens(text: string): readonly string[] {
  return (text.match(TOKEN) ?? []).map((token) => {
    if (token.startsWith('"')) return `string ${JSON.parse(token)}`;
    return /^[-\d]/.test(token) ? `number ${decimalOf(token)}` : token;
  });
}

/** Digits without zeros at the end, and the power of ten of the last one. */
function decimalOf(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${exponent}`;
}
