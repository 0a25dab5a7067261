import { describe, expect, it } from 'vitest';
import { compilePolicy, isStrong } from '../../src/identity/policy.ts';

const policy = compilePolicy({
  types: [{ type: 'wechat_openid', limit: 5, period: 'ever', strong: true }],
});

describe('the compiled policy', () => {
  it('gives an issued type the rules of its base type under its own name, so that limits count per issuer', () => {
    expect(policy.of('wechat_openid@wx1')).toEqual({
      type: 'wechat_openid@wx1',
      limit: 5,
      period: 'ever',
      strong: true,
    });
    expect(policy.of('wechat_openid@wx1')).toBe(policy.of('wechat_openid@wx1'));
  });

  it('treats a type that it does not name as weak', () => {
    expect(isStrong(policy, { type: 'loyalty_stamp' })).toBe(false);
    expect(isStrong(policy, { type: 'loyalty_stamp@shop' })).toBe(false);
    expect(isStrong(policy, { type: 'wechat_openid' })).toBe(true);
  });
});
