import { describe, expect, it } from 'vitest';
import { formatTable } from '../../src/cli/text-table.ts';

describe('a table', () => {
  it('aligns its columns and leaves nothing behind the last one', () => {
    expect(formatTable(['a', 'long head', 'c'], [['wide cell', 'x', '']])).toBe(
      'a          long head  c\nwide cell  x\n',
    );
  });

  it('gives characters that take two cells their room', () => {
    expect(
      formatTable(
        ['name', 'n'],
        [
          ['王芳', '1'],
          ['Anna', '2'],
        ],
      ),
    ).toBe('name  n\n王芳  1\nAnna  2\n');
  });

  it('lets no control character through to the terminal', () => {
    expect(formatTable(['a'], [['x\u001b[2J\r\n\u009by']])).toBe('a\nx?[2J???y\n');
  });
});
