/** What a file is, by the end of its name. */
const kinds: Record<string, string> = {
  csv: 'text/csv;charset=utf-8',
  html: 'text/html;charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
};

/** Offers a text as a file of the browser's; where it is `packed`, the bytes that it says in base64. */
export function download(name: string, text: string, packed = false): Promise<boolean> {
  const content = packed ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : text;
  const type = kinds[name.split('.').at(-1) ?? ''] ?? 'text/plain;charset=utf-8';
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The address must outlive the click: the host reads the blob later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return Promise.resolve(true);
}
