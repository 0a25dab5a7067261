import type { WireAnswer } from './dialect.ts';

/** The smallest transparent GIF there is, for senders that ask by loading an image. */
export const gifAnswer: WireAnswer = {
  status: 200,
  body: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  type: 'image/gif',
  // An image that is kept would not be asked for again, and the next event would not come.
  headers: { 'cache-control': 'no-store' },
};
