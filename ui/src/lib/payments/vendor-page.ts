const sites = ['squareup.com', 'squareupsandbox.com'];

/** Whether an address is an encrypted page of a vendor’s own site: it comes from the vendor’s replies and so from outside. */
export function isVendorPage(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  if (url.protocol !== 'https:' || url.port || url.username || url.password) return false;
  return sites.some((site) => url.hostname === site || url.hostname.endsWith(`.${site}`));
}
