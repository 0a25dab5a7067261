import { describe, expect, it } from 'vitest';
import { AddressRules } from '../../../src/adapters/webhook/address-rules.ts';
import { TesseraError } from '../../../src/errors.ts';

const strict = new AddressRules({ allow: [], http: true });

function refusalOf(rules: AddressRules, url: string): string {
  try {
    rules.read(url);
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'webhook_refused') return error.message;
    throw error;
  }
  return '';
}

describe('the address of a webhook', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://１２７.0.0.1/',
    'http://0.0.0.0/',
    'http://10.0.0.7/',
    'http://172.16.3.4/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fec0::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
    'http://[::127.0.0.1]/',
    'http://[2001:db8::1]/',
    'http://[4000::1]/',
  ])('%s is none that is public', (url) => {
    expect(refusalOf(strict, url)).toContain('is no public address');
  });

  it.each([
    'http://localhost/',
    'http://LOCALHOST./',
    'http://db.localhost/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://metadata/',
    'http://printer.local/',
    'http://intranet/',
  ])('%s is no public name', (url) => {
    expect(refusalOf(strict, url)).toContain('is no public name');
  });

  it('needs TLS, a known port, and neither user nor password, and must be a URL', () => {
    const https = new AddressRules({ allow: [], http: false });
    expect(refusalOf(https, 'http://example.com/')).toContain('must begin with https://');
    expect(refusalOf(strict, 'ftp://example.com/')).toContain('must begin with');
    expect(refusalOf(strict, 'file:///etc/passwd')).toContain('must begin with');
    expect(refusalOf(strict, 'https://example.com:6379/')).toContain('port 6379');
    expect(refusalOf(strict, 'https://8.8.8.8:22/')).toContain('no public address');
    expect(refusalOf(strict, 'https://user:pass@example.com/')).toContain('user or a password');
    expect(refusalOf(strict, 'no url')).toContain('no URL');
  });

  it.each([
    'https://example.com/hook',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://example.com:8443/',
  ])('%s may be sent to', (url) => {
    expect(refusalOf(strict, url)).toBe('');
  });

  it('within a range that a setting names may be sent to, on any port', () => {
    const rules = new AddressRules({ allow: ['10.1.0.0/16', 'fd00::/8'], http: true });
    expect(refusalOf(rules, 'http://10.1.2.3:9999/')).toBe('');
    expect(refusalOf(rules, 'http://[::ffff:10.1.2.3]/')).toBe('');
    expect(refusalOf(rules, 'http://[fd12::1]/')).toBe('');
    expect(refusalOf(rules, 'http://10.2.0.1/')).not.toBe('');
    expect(refusalOf(rules, 'http://127.0.0.1/')).not.toBe('');
    // A name may lead there; it is looked up when something is sent.
    expect(refusalOf(rules, 'http://crm.internal:9999/')).toBe('');
  });

  it('where a machine finds its keys is never allowed', () => {
    const rules = new AddressRules({ allow: ['0.0.0.0/0', '::/0'], http: true });
    expect(refusalOf(rules, 'http://169.254.169.254/')).not.toBe('');
    expect(refusalOf(rules, 'http://[fd00:ec2::254]/')).not.toBe('');
    expect(refusalOf(rules, 'http://[::ffff:169.254.169.254]/')).not.toBe('');
  });
});
