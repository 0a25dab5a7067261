import { TesseraError } from "../../errors.js";
import { tokenizeSql } from "./sql-lexer.js";
const STATEMENTS = new Set(['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', '(']);
/** Statements that may infer a schema from whatever a name resolves to: only plain names there. */
const NAMING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS']);
/** Clauses that change settings, write files or run more than one query. */
const CLAUSES = new Set(['SETTINGS', 'INTO', 'OUTFILE', 'INFILE', 'INSERT', 'PARALLEL', 'OVERRIDE']);
/** Refused wherever they stand: functions are also passed by bare name, as in `arrayMap(file, …)`. */
const NAMES = new Set(['file', 'stack_trace', 'jemalloc_profile_text']);
/** Functions that reach out of the tables, as patterns; case does not count. */
const FUNCTION_PATTERNS = Object.freeze([
    // Files and processes of the host.
    'file\\w*|filesystem\\w*|executable\\w*|sqlite|catboostevaluate|modelevaluate|input|python|fuzz\\w+',
    // The network.
    'url|urlcluster|remote\\w*|cluster\\w*|reversednsquery|ai\\w+|llm\\w*',
    's3\\w*|gcs\\w*|oss|cosn|hdfs\\w*|azure\\w*|iceberg\\w*|deltalake\\w*|hudi\\w*|paimon\\w*',
    'mysql|postgresql|mongodb|redis|jdbc|odbc|ytsaurus|dictionary|prometheus\\w*|timeseries\\w*',
    // Other ways of running or holding up something.
    'eval|view\\w*|loop|sleep\\w*|logtrace|addressto\\w+|getmacro|getserver\\w+',
]);
const FUNCTIONS = new RegExp(`^(?:${FUNCTION_PATTERNS.join('|')})$`, 'i');
export const sqlFormats = Object.freeze([
    'JSON',
    'JSONCompact',
    'JSONEachRow',
    'JSONCompactEachRow',
    'JSONStrings',
    'TabSeparated',
    'TabSeparatedWithNames',
    'TSV',
    'TSVWithNames',
    'CSV',
    'CSVWithNames',
    'Pretty',
    'PrettyCompact',
    'PrettySpace',
    'Vertical',
    'Markdown',
    'Null',
]);
/** Accepts one reading statement, or throws `sql_error` with the reason. */
export function readOnlyStatement(sql, format) {
    const tokens = tokenizeSql(sql);
    while (isSign(tokens.at(-1), ';'))
        tokens.pop();
    const chosen = takeFormat(tokens);
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first === undefined || last === undefined)
        throw new TesseraError('sql_error', 'the query is empty');
    if (!STATEMENTS.has(first.text.toUpperCase()) || first.kind === 'quoted') {
        throw new TesseraError('sql_error', 'only SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are allowed here');
    }
    for (let i = 0; i < tokens.length; i += 1)
        checkToken(tokens, i);
    if (NAMING.has(first.text.toUpperCase()))
        checkNames(tokens);
    return { text: sql.slice(first.start, last.end), format: checkedFormat(chosen ?? format) };
}
/** Removes a FORMAT clause at the end of the statement, as people write it by habit, and returns its name. */
function takeFormat(tokens) {
    const keyword = tokens.at(-2);
    const name = tokens.at(-1);
    if (keyword?.kind !== 'word' || keyword.text.toUpperCase() !== 'FORMAT' || name?.kind !== 'word')
        return undefined;
    tokens.length -= 2;
    return name.text;
}
function checkedFormat(name) {
    const known = sqlFormats.find((format) => format.toLowerCase() === name.toLowerCase());
    if (known === undefined) {
        throw new TesseraError('sql_error', `unknown format ${JSON.stringify(name)}; one of ${sqlFormats.join(', ')}`);
    }
    return known;
}
function checkToken(tokens, i) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'string')
        return;
    if (token.kind === 'sign') {
        if (token.text === ';')
            throw new TesseraError('sql_error', 'one statement at a time');
        return;
    }
    const afterDot = isSign(tokens[i - 1], '.');
    if (token.kind === 'word' && !afterDot && CLAUSES.has(token.text.toUpperCase())) {
        throw new TesseraError('sql_error', `${token.text.toUpperCase()} is not allowed here; as a name it needs quotes`);
    }
    if (NAMES.has(token.text.toLowerCase()))
        throw new TesseraError('sql_error', `${token.text} is not allowed here`);
    if (isSign(tokens[i + 1], '(') && FUNCTIONS.test(token.text)) {
        throw new TesseraError('sql_error', `the function ${token.text} is not allowed here`);
    }
}
function checkNames(tokens) {
    for (const token of tokens) {
        const plain = token.kind === 'word' || token.kind === 'string' || token.text === '.' || token.text === '=';
        if (!plain && !(token.kind === 'quoted' && /^\w+$/.test(token.text))) {
            throw new TesseraError('sql_error', 'SHOW, DESCRIBE and EXISTS take plain names here');
        }
    }
}
function isSign(token, text) {
    return token?.kind === 'sign' && token.text === text;
}
//# sourceMappingURL=read-only.js.map