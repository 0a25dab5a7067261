/**
 * A facet is named after the weakest and the strongest claim of an event: an anonymous view on a tablet goes to
 * (device), a signed-in one to (device, person). The key depends on the claims alone, never on who owns what.
 */
import { hash } from 'node:crypto';
import { limits } from "../limits.js";
/** Cut to 128 bits: 22 characters of base64url. */
const KEY_BYTES = 16;
/** Facet of an event with these claims, weakest first; there is at least one. */
export function facetKey(claims) {
    const weakest = claims[0];
    const strongest = claims[claims.length - 1];
    return digest(claims.length === 1 ? nameOf(weakest) : `${nameOf(weakest)}\n${nameOf(strongest)}`);
}
/** Names the whole combination; one or two claims *are* their facet, more get a key over all of them. */
export function combinationKey(claims) {
    return claims.length <= 2 ? facetKey(claims) : digest(claims.map(nameOf).join('\n'));
}
/** Facet n of those that hold events without any claim. */
export function pseudoFacet(n) {
    return `u-${n}`;
}
/** Everything about one order meets in one pseudo-facet; other events are spread by what identifies them. */
export function pseudoFacetOf(event) {
    return pseudoFacet(hash32(event.orderKey ?? `${event.source}\u0000${event.id}`) % limits.pseudoFacets);
}
function nameOf(claim) {
    return `${claim.type}:${claim.hash}:${claim.verified ? 'v' : 's'}`;
}
function digest(text) {
    return hash('sha256', text, 'buffer').toString('base64url', 0, KEY_BYTES);
}
/** FNV-1a over the code units, then mixed, so that the low bits depend on every character. Stable for ever. */
function hash32(text) {
    let mixed = 0x811c9dc5;
    for (let i = 0; i < text.length; i += 1)
        mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
}
//# sourceMappingURL=facet-key.js.map