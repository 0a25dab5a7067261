/** Where the secrets of webhooks are sealed: they belong to no facet, and none can be put in the place of another. */
export function secretPlace(webhook: string): { readonly facet: ''; readonly path: string } {
  return { facet: '', path: `webhooks.${webhook}.secret` };
}

export function headerPlace(webhook: string, header: string): { readonly facet: ''; readonly path: string } {
  return { facet: '', path: `webhooks.${webhook}.headers.${header.toLowerCase()}` };
}
