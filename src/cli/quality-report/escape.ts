const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names come from outside: nothing in them may become an element, an attribute, or what a terminal acts on. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** Nothing in it may become emphasis, an element, a link or the end of a cell. */
export function escapeMarkdown(text: string): string {
  return (
    visible(text)
      .replace(/[\\`*_{}[\]#|~!@]/g, '\\$&')
      .replace(/[<>&]/g, (sign) => ENTITIES[sign] ?? sign)
      // What looks like an address becomes a link by itself.
      .replace(/(https?|ftp|www)(?=[:.])/gi, '$1\u200b')
  );
}

/** Control characters, and marks that turn the direction of what follows, become a space. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
