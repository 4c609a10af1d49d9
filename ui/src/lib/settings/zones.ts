/** Zones that shops of the USA are in, first where nothing is searched for. */
const usual = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'America/Anchorage',
  'Pacific/Honolulu',
];

/** Every zone that is known here, the usual ones first. */
export function allZones(): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  const rest = [...new Set([...known, 'UTC'])].filter((zone) => !usual.includes(zone));
  return [...usual, ...rest];
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[_/\s]+/g, ' ');

/** Zones that have every word of a search at the beginning of one of theirs; those whose city begins with it come first. */
export function searchZones(zones: readonly string[], search: string): string[] {
  const words = plain(search).trim().split(' ').filter(Boolean);
  if (words.length === 0) return [...zones];
  const found = zones.filter((zone) => {
    const own = plain(zone).split(' ');
    return words.every((word) => own.some((part) => part.startsWith(word)));
  });
  const city = (zone: string) => plain(zone.split('/').at(-1) ?? zone).startsWith(words[0] ?? '');
  return [...found.filter(city), ...found.filter((zone) => !city(zone))];
}

/** `Chicago`, `Indiana, Knox`. */
export function zoneName(zone: string): string {
  const parts = zone.split('/').slice(zone.includes('/') ? 1 : 0);
  return parts.join(', ').replaceAll('_', ' ');
}
