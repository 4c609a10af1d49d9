/** Bytes that are turned at once: `fromCharCode` takes only so many. */
const AT_ONCE = 0x8000;

/** A file as base64. */
export function base64(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += AT_ONCE) text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(text);
}
