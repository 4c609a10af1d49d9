/** Offers a text as a file of the browser's. */
export function download(name: string, text: string): Promise<boolean> {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
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
