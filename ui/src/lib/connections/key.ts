/** The project named in a service-account key; empty where the text is not one. */
export function projectOf(key: string): string {
  try {
    const parsed: unknown = JSON.parse(key);
    const project = (parsed as { project_id?: unknown } | null)?.project_id;
    return typeof project === 'string' ? project : '';
  } catch {
    return '';
  }
}
