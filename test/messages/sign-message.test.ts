import { describe, expect, it } from 'vitest';
import { isWebhookSecret, signedHeaders } from '../../src/messages/sign-message.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
};

describe('the signature of a message', () => {
  it('is that of the published example of Standard Webhooks', () => {
    expect(signedHeaders(MESSAGE, [SECRET])).toEqual({
      'webhook-id': MESSAGE.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is there once for each secret while secrets are exchanged', () => {
    const both = signedHeaders(MESSAGE, [OTHER, SECRET])['webhook-signature'].split(' ');
    expect(both).toEqual([
      signedHeaders(MESSAGE, [OTHER])['webhook-signature'],
      signedHeaders(MESSAGE, [SECRET])['webhook-signature'],
    ]);
  });

  it.each([
    [SECRET, true],
    [OTHER, true],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', false],
    ['whsec_c2hvcnQ=', false],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
    ['whsec_not base64 at all, but long enough to be', false],
    ['whsec_', false],
  ])('takes %s for a secret: %s', (text, valid) => {
    expect(isWebhookSecret(text)).toBe(valid);
  });
});
