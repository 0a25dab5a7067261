import { baseType } from "./identifier-type.js";
/** What readers without the scope for personal data see instead: `138****8000`, `a***@example.com`, `张*`. */
export function maskPersonal(kind, value) {
    switch (kind) {
        case 'phone':
            return maskPhone(value);
        case 'email':
            return maskEmail(value);
        case 'name':
            return `${firstCharacter(value)}*`;
        case 'birthday':
            return '***';
        default:
            return `${firstCharacter(value)}***`;
    }
}
/** The same for a value of an identifier type, with or without issuer. */
export function maskIdentifier(type, value) {
    const base = baseType(type);
    return base === 'phone' || base === 'email' ? maskPersonal(base, value) : `${firstCharacter(value)}***`;
}
/** Chinese numbers the way people write them; others keep their country code's start. The last four always stay. */
function maskPhone(value) {
    const shown = /^\+86\d{11}$/.test(value) ? value.slice(3) : value;
    if (shown.length < 9)
        return `${firstCharacter(shown)}***`;
    return `${shown.slice(0, shown.startsWith('+') ? 4 : 3)}****${shown.slice(-4)}`;
}
function maskEmail(value) {
    const at = value.lastIndexOf('@');
    return at < 1 ? `${firstCharacter(value)}***` : `${firstCharacter(value)}***${value.slice(at)}`;
}
/** A whole character, also where it takes two code units. */
function firstCharacter(value) {
    const point = value.codePointAt(0);
    return point === undefined ? '' : String.fromCodePoint(point);
}
//# sourceMappingURL=mask.js.map