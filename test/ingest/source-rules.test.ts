import { describe, expect, it } from 'vitest';
import { createSourceRules } from '../../src/ingest/source-rules.ts';
import { limits } from '../../src/limits.ts';
import type { IdentifierTypePolicy, SourceRule } from '../../src/model/identity-policy.ts';

const types: IdentifierTypePolicy[] = ['user_id', 'phone', 'email'].map((type) => ({
  type,
  limit: 1,
  period: 'ever',
  strong: true,
  normalize: 'exact',
}));

/** The types denied, and whether claims are stated. */
function verdict(sources: readonly SourceRule[], source: string, channel = 'web'): string {
  const { denied, stated } = createSourceRules({ types, sources })(source, channel);
  const names = [...(denied ?? [])].map((rank) => types[rank]?.type);
  return `${names.join(' ')}${stated ? ' stated' : ''}`.trim();
}

describe('rules for sources', () => {
  it('deny nothing where none fits', () => {
    expect(verdict([], 'crm')).toBe('');
    expect(verdict([{ source: 'crm', never_link: ['phone'] }], 'crm2')).toBe('');
  });

  it('let only the listed types link, or all but the listed', () => {
    expect(verdict([{ may_link: ['phone'] }], 'crm')).toBe('user_id email');
    expect(verdict([{ never_link: ['phone'] }], 'crm')).toBe('phone');
    expect(verdict([{ may_link: ['phone', 'email'], never_link: ['user_id'] }], 'crm')).toBe('user_id');
    expect(verdict([{ may_link: ['user_id', 'phone', 'email'] }], 'crm')).toBe('');
  });

  it('hold in order: the first that fits source and channel, and no other', () => {
    const rules: SourceRule[] = [
      { source: 'crm', channel: 'web', never_link: ['phone'] },
      { source: 'crm*', never_link: ['email'] },
      { channel: 'call*', claims: 'stated' },
      { claims: 'verified' },
    ];
    expect(verdict(rules, 'crm', 'web')).toBe('phone');
    expect(verdict(rules, 'crm', 'app')).toBe('email');
    expect(verdict(rules, 'crm-2', 'call_center')).toBe('email');
    expect(verdict(rules, 'web', 'call_center')).toBe('stated');
    expect(verdict(rules, 'web', 'web')).toBe('');
  });

  it('do not take the end of a source for the beginning of its channel', () => {
    const rules = createSourceRules({ types, sources: [{ source: 'a', channel: 'bc', claims: 'stated' }] });
    expect([rules('ab', 'c').stated, rules('a', 'bc').stated, rules('ab', 'c').stated]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('answer alike however many sources somebody makes up', () => {
    const rules = createSourceRules({ types, sources: [{ source: 'crm*', never_link: ['phone'] }] });
    for (let i = 0; i < limits.sourceRuleCacheEntries * 2; i++) rules(`made-up-${i}`, 'web');
    expect(rules('crm-7', 'web').denied).toEqual(new Set([1]));
    expect(rules('made-up-7', 'web').denied).toBeUndefined();
  });
});
