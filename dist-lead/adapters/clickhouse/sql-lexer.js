import { TesseraError } from "../../errors.js";
/**
 * Splits SQL into tokens, comments left out. It is stricter than ClickHouse on purpose: what the two might read
 * differently (heredocs, typographic quotes, escapes in names, `#` comments, parameters) is refused, so nothing can look like
 * text here and be code there.
 */
export function tokenizeSql(sql) {
    const tokens = [];
    let at = 0;
    while (at < sql.length) {
        const next = skipBlank(sql, at);
        if (next !== at) {
            at = next;
            continue;
        }
        const token = readToken(sql, at);
        tokens.push(token);
        at = token.end;
    }
    return tokens;
}
/** The statements of a script, at semicolons that are neither in strings nor in comments. */
export function splitStatements(script) {
    const statements = [];
    let first;
    let last;
    for (const token of tokenizeSql(script)) {
        if (token.kind === 'sign' && token.text === ';') {
            if (first !== undefined && last !== undefined)
                statements.push(script.slice(first.start, last.end));
            first = undefined;
            continue;
        }
        first ??= token;
        last = token;
    }
    if (first !== undefined && last !== undefined)
        statements.push(script.slice(first.start, last.end));
    return statements;
}
/** Past one stretch of white space or one comment; `at` itself where there is neither. */
function skipBlank(sql, at) {
    const code = sql.charCodeAt(at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d))
        return at + 1;
    if (sql.startsWith('--', at)) {
        const end = sql.indexOf('\n', at);
        return end === -1 ? sql.length : end + 1;
    }
    if (sql.startsWith('/*', at)) {
        const end = sql.indexOf('*/', at + 2);
        if (end === -1)
            throw new TesseraError('sql_error', 'a comment is not closed');
        return end + 2;
    }
    return at;
}
const WORD = /[A-Za-z0-9_]+/y;
function readToken(sql, start) {
    const character = sql.charAt(start);
    if (character === "'")
        return { kind: 'string', ...quotedSpan(sql, start) };
    if (character === '`' || character === '"')
        return quotedName(sql, start);
    if (!/^[\x21-\x7e]$/.test(character) || '#$\\{}'.includes(character)) {
        throw new TesseraError('sql_error', `unexpected character ${JSON.stringify(character)} outside of quotes`);
    }
    const word = new RegExp(WORD);
    word.lastIndex = start;
    const text = word.exec(sql)?.[0];
    if (text !== undefined)
        return { kind: 'word', text, start, end: start + text.length };
    return { kind: 'sign', text: character, start, end: start + 1 };
}
function quotedName(sql, start) {
    const span = quotedSpan(sql, start);
    const text = span.text.slice(1, -1);
    if (/[\\`"]/.test(text))
        throw new TesseraError('sql_error', 'a quoted name holds an escape');
    return { kind: 'quoted', ...span, text };
}
/** A quoted piece: the quote itself is escaped by a backslash or by doubling it. */
function quotedSpan(sql, start) {
    const quote = sql.charAt(start);
    for (let at = start + 1; at < sql.length; at += 1) {
        const character = sql.charAt(at);
        if (character === '\\') {
            at += 1;
        }
        else if (character === quote) {
            if (sql.charAt(at + 1) !== quote)
                return { text: sql.slice(start, at + 1), start, end: at + 1 };
            at += 1;
        }
    }
    throw new TesseraError('sql_error', 'a quote is not closed');
}
//# sourceMappingURL=sql-lexer.js.map