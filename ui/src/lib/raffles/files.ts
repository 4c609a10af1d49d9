import { act, ask, save } from '../ipc/index.svelte';

/** Saves the certificate of an act as the file that anybody can check. */
export async function saveCertificate(id: string, number: number): Promise<boolean> {
  const { json, act: done } = await act('raffle_certificate', { id, act: number });
  return save(`${id}-certificate-${done}.json`, json);
}

/** Saves the certificate of an act as people read it. */
export async function savePaper(id: string, number: number): Promise<boolean> {
  const { pdf, act: done } = await act('raffle_certificate', { id, act: number });
  return save(`${id}-certificate-${done}.pdf`, pdf, true);
}

/** Saves the page that checks a certificate in any browser, without a network. */
export async function saveVerifier(): Promise<boolean> {
  return save('verifier.html', await ask('raffle_verifier', null));
}

/** Saves every entry and what it won, without people. */
export async function saveEntries(id: string): Promise<boolean> {
  return save(`${id}-entries.csv`, await ask('raffle_entries_csv', { id }));
}
