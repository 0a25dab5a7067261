/**
 * The name of the tag that keeps everything that acts away from a person: processing is restricted to storing. It is a tag
 * because what is said of a person has to go with their identifiers through merges and unmerges, and tags do. No
 * definition and no list of tags may use the name.
 */
export const RESTRICTED = 'restricted';
