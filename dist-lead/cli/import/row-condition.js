import { compareDecimals, parseDecimal } from "./decimal.js";
export function compileRowCondition(condition, columns, path) {
    if (condition === undefined)
        return () => true;
    const names = Object.keys(condition);
    const indexes = names.map((name) => columns.line.index(name, `${path}/${name}`));
    const tests = names.map((name) => compileOperators(condition[name] ?? {}));
    return (rows) => {
        for (const row of rows) {
            for (let at = 0; at < tests.length; at += 1)
                if (!tests[at](row[indexes[at]]))
                    return false;
        }
        return true;
    };
}
function compileOperators(operators) {
    const tests = [];
    const { equals, in: list, starts_with: start, exists } = operators;
    if (equals !== undefined)
        tests.push((text) => text === equals);
    if (list !== undefined)
        tests.push((text) => list.includes(text));
    if (start !== undefined)
        tests.push((text) => text.startsWith(start));
    if (exists !== undefined)
        tests.push((text) => (text !== '') === exists);
    compare(tests, operators.gt, (order) => order > 0);
    compare(tests, operators.gte, (order) => order >= 0);
    compare(tests, operators.lt, (order) => order < 0);
    compare(tests, operators.lte, (order) => order <= 0);
    return (text) => {
        for (const test of tests)
            if (!test(text))
                return false;
        return true;
    };
}
/** Text that is not a number compares as false, like a missing value. */
function compare(tests, bound, holds) {
    if (bound === undefined)
        return;
    const limit = parseDecimal(String(bound));
    tests.push((text) => {
        const value = parseDecimal(text);
        return value !== undefined && limit !== undefined && holds(compareDecimals(value, limit));
    });
}
//# sourceMappingURL=row-condition.js.map