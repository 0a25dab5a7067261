import { describe, expect, it } from 'vitest';
import { maskIdentifier, maskPersonal } from '../../src/model/mask.ts';

describe('masking', () => {
  it.each([
    ['phone', '+8613800008000', '138****8000'],
    ['phone', '13800008000', '138****8000'],
    ['phone', '+14155552671', '+141****2671'],
    ['phone', '1234', '1***'],
    ['email', 'ann@example.com', 'a***@example.com'],
    ['email', '@', '@***'],
    ['name', '张三', '张*'],
    ['name', '𠮷野家', '𠮷*'],
    ['address', 'Nanjing Road 1', 'N***'],
    ['birthday', '1990-01-01', '***'],
    ['id_number', '310101199001011234', '3***'],
    ['name', '', '*'],
  ] as const)('shows a %s %j as %j', (kind, value, expected) => {
    expect(maskPersonal(kind, value)).toBe(expected);
  });

  it('follows the type of an identifier, whoever issued it', () => {
    expect(maskIdentifier('phone', '+8613800008000')).toBe('138****8000');
    expect(maskIdentifier('email', 'ann@example.com')).toBe('a***@example.com');
    expect(maskIdentifier('wechat_openid@wx1', 'o-9')).toBe('o***');
  });
});
