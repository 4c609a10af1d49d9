/** Offers a text as a file. */
export function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The address must outlive the click: the host reads the blob later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
