import { TesseraError } from '../../../errors.ts';
import { decodeBase64, readForm, type WireRequest } from '../../wire-request.ts';

/**
 * The JSON (or gzip) of a request of Sensors Analytics: of the address or of a form, one record or a list. Fails with
 * `unreadable_body`, also where the checksum says that something on the way has damaged it.
 */
export function unwrapSensors(request: WireRequest): Buffer {
  const form = request.method === 'GET' || request.bytes.length === 0 ? {} : readForm(request.bytes);
  const fields = { ...request.query, ...form };
  const text = fields.data_list ?? fields.data;
  if (text === undefined) throw new TesseraError('unreadable_body', 'The request needs data or data_list.');
  const restored = text.trim().replaceAll(' ', '+');
  checkSum(restored, fields.ext);
  return decodeBase64(restored);
}

const CHECKSUM = /(?:^|&)crc=(-?\d{1,11})(?:&|$)/;

/** `ext` is a query of its own, `crc=-123`; libraries without a checksum leave it out. */
function checkSum(text: string, ext: string | undefined): void {
  const stated = ext === undefined ? undefined : CHECKSUM.exec(ext)?.[1];
  if (stated === undefined || Number(stated) === sensorsChecksum(text)) return;
  throw new TesseraError('unreadable_body', 'The data does not fit its checksum.');
}

/** Java's `String.hashCode` of the base64 text: 31·h + c over its UTF-16 units, as a signed 32-bit integer. */
export function sensorsChecksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0;
  return sum;
}
