import { hourName, weekdayNames } from '../format/time';
import { method as methodName } from '../format/words';

/** Which receipts of a range are listed: those behind one number of a breakdown. */
export interface Drill {
  method?: string;
  weekday?: number;
  hour?: number;
  item?: string;
  category?: string;
  /** What the number was called, for headings alone. */
  name?: string;
}

function whole(text: string | null, most: number): number | undefined {
  if (text === null || !/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** Reads a drill out of an address; what makes no sense is left out. */
export function readDrill(params: URLSearchParams): Drill {
  const drill: Drill = {};
  const weekday = whole(params.get('weekday'), 6);
  const hour = whole(params.get('hour'), 23);
  const [method, item, category, name] = ['method', 'item', 'category', 'name'].map((key) => params.get(key));
  if (typeof item === 'string') drill.item = item;
  else if (category) drill.category = category;
  else {
    if (method) drill.method = method;
    if (weekday !== undefined) drill.weekday = weekday;
    if (hour !== undefined) drill.hour = hour;
  }
  if (name && (drill.item !== undefined || drill.category)) drill.name = name;
  return drill;
}

/** The drill as parameters of an address. */
export function drillParams(drill: Drill): Record<string, string> {
  return Object.fromEntries(
    Object.entries(drill)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, String(value)]),
  );
}

/** What is listed, in words; empty where nothing is left out. */
export function drillName(drill: Drill): string {
  if (drill.item !== undefined || drill.category)
    return drill.name ?? (drill.item !== undefined ? 'one item' : 'one category');
  const parts: string[] = [];
  if (drill.weekday !== undefined) parts.push(`${weekdayNames[drill.weekday]}`);
  if (drill.hour !== undefined) parts.push(`${hourName(drill.hour)} to ${hourName((drill.hour + 1) % 24)}`);
  if (drill.method) parts.push(`paid by ${methodName(drill.method)}`);
  return parts.join(', ');
}
