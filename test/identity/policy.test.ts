import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/identity/policy.ts';
import type { TraitRule } from '../../src/model/identity-policy.ts';
import { DAY_MS } from '../../src/model/time.ts';

const policy = compilePolicy({
  types: [
    { type: 'user_id', limit: 1, period: 'ever', strong: true },
    { type: 'wechat_openid', limit: 5, period: 'ever', strong: true },
    { type: 'phone', limit: 5, period: 'year', strong: true },
  ],
});

describe('the compiled policy', () => {
  it('gives an issued type the rules of its base type under its own name, so that limits count per issuer', () => {
    expect(policy.of('wechat_openid@wx1')).toMatchObject({
      type: 'wechat_openid@wx1',
      limit: 5,
      strong: true,
      rank: 1,
    });
    expect(policy.of('wechat_openid@wx1')).toBe(policy.of('wechat_openid@wx1'));
  });

  it('treats a type that it does not name as weak, and weaker than all that it names', () => {
    expect(policy.of('loyalty_stamp')).toMatchObject({ strong: false, rank: 3 });
    expect(policy.of('loyalty_stamp@shop').strong).toBe(false);
  });

  it('knows of which types a person has one for ever', () => {
    expect([policy.of('user_id').once, policy.of('user_id@app').once, policy.of('phone').once]).toEqual([
      true,
      true,
      false,
    ]);
    expect([policy.of('user_id').periodMs, policy.of('phone').periodMs]).toEqual([Infinity, 365 * DAY_MS]);
  });
});

describe('conflict rules for traits', () => {
  const rank = (rule: TraitRule, source: string, channel: string): number =>
    compilePolicy({
      types: [],
      traits: { default: { rule: 'newest' }, by_name: { name: rule }, offline_channels: ['pos'] },
    }).traitRank('name', source, channel);

  it('rank nothing where the newest wins', () => {
    expect(rank({ rule: 'newest' }, 'crm', 'pos')).toBe(0);
  });

  it('put the till before the web, or the web before the till', () => {
    expect(rank({ rule: 'offline_first' }, 'x', 'pos')).toBeGreaterThan(
      rank({ rule: 'offline_first' }, 'x', 'web'),
    );
    expect(rank({ rule: 'online_first' }, 'x', 'pos')).toBeLessThan(
      rank({ rule: 'online_first' }, 'x', 'web'),
    );
  });

  it('rank sources as listed, and all others last', () => {
    const rule = { rule: 'source_priority', sources: ['crm', 'till'] } as const;
    const ranks = ['crm', 'till', 'web'].map((source) => rank(rule, source, 'web'));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    expect(new Set(ranks).size).toBe(3);
  });
});
