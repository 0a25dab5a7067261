const QUOTES = /^[\s"'`\\“”‘’«»]+|[\s"'`\\“”‘’«»]+$/g;
/** Digits of a country code: a phone number is blocked by its national part as well. */
const CODE_LENGTHS = [1, 2, 3];
const REPEATED_DIGIT = /^(\d)\1*$/;
/** Says whether a value, as it was sent or normalized, is one of those that programs and forms send for nobody. */
export function createBlocklist({ blocked }) {
    const values = new Set(blocked.values.map(folded));
    return (value) => {
        const text = folded(value);
        if (text === '' || values.has(text))
            return true;
        if (text.startsWith('+') && CODE_LENGTHS.some((length) => values.has(text.slice(1 + length))))
            return true;
        const digits = text.replace(/^\+/, '');
        return (REPEATED_DIGIT.test(digits) && (digits.startsWith('0') || digits.length >= blocked.repeated_digits_from));
    };
}
function folded(value) {
    return value.normalize('NFKC').replace(QUOTES, '').toLowerCase();
}
//# sourceMappingURL=blocked-identifiers.js.map