const sites = ['squareup.com', 'squareupsandbox.com', 'lightspeedapp.com'];
const here = ['127.0.0.1', '[::1]', 'localhost'];

/** Whether an address is one on which a person signs in: at a vendor, or on this computer as that of a stand-in. */
export function isSignInPage(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  if (url.username || url.password) return false;
  if (url.protocol === 'http:') return here.includes(url.hostname);
  if (url.protocol !== 'https:' || url.port) return false;
  return sites.some((site) => url.hostname === site || url.hostname.endsWith(`.${site}`));
}

/** Opens the page in a tab of its own, which learns nothing of this one. */
export function visit(address: string): void {
  if (isSignInPage(address)) window.open(address, '_blank', 'noopener,noreferrer');
}
