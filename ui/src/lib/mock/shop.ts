/** An invented shop with consistent numbers: every total is the sum of its hours. Never part of a production build. */
import type { HourPace } from '../ipc/types/HourPace';
import type { PeriodTotals } from '../ipc/types/PeriodTotals';
import type { ProductRow } from '../ipc/types/ProductRow';
import type { RecentPayment } from '../ipc/types/RecentPayment';
import { addDays, daysBetween, weekday } from '../format/time';

export const NOW = '2026-11-20T20:10:00Z';
export const TODAY = '2026-11-20';
export const ZONE = 'America/Chicago';
export const FIRST_DAY = '2024-11-21';
const MINUTE = 10 / 60;
const HOUR_NOW = 14;

export const locations = [
  { id: 'L1', name: 'Downtown' },
  { id: 'L2', name: 'Riverside' },
];

/** A repeatable number between 0 and 1 from any words. */
export function chance(...words: (string | number)[]): number {
  let hash = 2166136261;
  for (const letter of words.join('|')) {
    hash ^= letter.charCodeAt(0);
    hash = Math.imul(hash, 16777619);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 2246822507);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 4294967296;
}

const shape: Record<number, number> = {
  9: 0.25, 10: 0.5, 11: 0.7, 12: 1.05, 13: 0.9, 14: 0.75, 15: 0.9, 16: 1.25, 17: 1.6, 18: 1.5, 19: 1.25, 20: 1.05, 21: 0.7,
}; // prettier-ignore
const byWeekday = [0.78, 0.76, 0.84, 0.95, 1.35, 1.45, 0.9];

interface Hour {
  payments: number;
  collected: number;
  refunded: number;
  tips: number;
  customers: number;
}

function hourOf(day: string, hour: number, location: string): Hour {
  const none = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
  if (day > TODAY || day < FIRST_DAY || (day === TODAY && hour > HOUR_NOW)) return none;
  const part = day === TODAY && hour === HOUR_NOW ? MINUTE : 1;
  const weight = (shape[hour] ?? 0) * (byWeekday[weekday(day)] ?? 1) * (location === 'L1' ? 1 : 0.55) * part;
  const growth = day === TODAY ? 1.14 : 1;
  const payments = Math.round(weight * growth * (6 + chance(day, hour, location) * 5));
  if (payments === 0) return none;
  const average = 2600 + Math.round(chance('a', day, hour, location) * 1900);
  const collected = payments * average + Math.round(chance('c', day, hour, location) * 99);
  const refunds = chance('r', day, hour, location) < 0.06 ? average : 0;
  return {
    payments,
    collected,
    refunded: refunds,
    tips: Math.round(collected * 0.018),
    customers: Math.round(payments * 0.42),
  };
}

const order = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3];
const cache = new Map<string, Hour>();

function placesOf(location: string | null): string[] {
  return location === null ? locations.map((one) => one.id) : [location];
}

function add(into: Hour, hour: Hour): void {
  into.payments += hour.payments;
  into.collected += hour.collected;
  into.refunded += hour.refunded;
  into.tips += hour.tips;
  into.customers += hour.customers;
}

function dayTotal(day: string, location: string): Hour {
  const key = `${day} ${location}`;
  let found = cache.get(key);
  if (!found) {
    found = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
    for (const hour of order) add(found, hourOf(day, hour, location));
    cache.set(key, found);
  }
  return found;
}

function totalsOf(from: string, to: string, sum: Hour): PeriodTotals {
  return {
    from,
    to,
    collected_minor: sum.collected,
    tips_minor: sum.tips,
    refunded_minor: sum.refunded,
    net_minor: sum.collected - sum.refunded,
    transactions: sum.payments,
    customers: sum.customers,
    average_minor: sum.payments === 0 ? 0 : Math.round(sum.collected / sum.payments),
  };
}

export function period(from: string, to: string, location: string | null): PeriodTotals {
  const sum = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
  const start = from < FIRST_DAY ? FIRST_DAY : from;
  for (let index = 0, days = daysBetween(start, to); index < days; index += 1) {
    for (const place of placesOf(location)) add(sum, dayTotal(addDays(start, index), place));
  }
  return totalsOf(from, to, sum);
}

export function soFar(day: string, location: string | null): PeriodTotals {
  const sum = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
  for (const place of placesOf(location)) {
    for (const hour of order.filter((one) => one >= 4 && one <= HOUR_NOW)) {
      const whole = hourOf(day, hour, place);
      const part = hour === HOUR_NOW && day !== TODAY ? MINUTE : 1;
      add(sum, {
        payments: Math.round(whole.payments * part),
        collected: Math.round(whole.collected * part),
        refunded: part === 1 ? whole.refunded : 0,
        tips: Math.round(whole.tips * part),
        customers: Math.round(whole.customers * part),
      });
    }
  }
  return totalsOf(day, day, sum);
}

export function hours(day: string, location: string | null): HourPace[] {
  let now = 0;
  let before = 0;
  return order.map((hour, index) => {
    const today = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
    const last = { payments: 0, collected: 0, refunded: 0, tips: 0, customers: 0 };
    for (const place of placesOf(location)) {
      add(today, hourOf(day, hour, place));
      add(last, hourOf(addDays(day, -7), hour, place));
    }
    now += today.collected - today.refunded;
    before += last.collected - last.refunded;
    return {
      hour,
      net_minor: today.collected - today.refunded,
      transactions: today.payments,
      last_week_net_minor: last.collected - last.refunded,
      cumulative_minor: index <= order.indexOf(HOUR_NOW) ? now : null,
      last_week_cumulative_minor: before,
    };
  });
}

export function heat(from: string, to: string, location: string | null) {
  const cells = Array.from({ length: 168 }, (_, index) => ({
    weekday: Math.floor(index / 24),
    hour: index % 24,
    net_minor: 0,
    transactions: 0,
  }));
  const days = Math.min(120, daysBetween(from, to));
  for (let index = 0; index < days; index += 1) {
    const day = addDays(from, index);
    for (const hour of order) {
      const cell = cells[weekday(day) * 24 + hour];
      for (const place of placesOf(location)) {
        const found = hourOf(day, hour, place);
        if (!cell) continue;
        cell.net_minor += found.collected - found.refunded;
        cell.transactions += found.payments;
      }
    }
  }
  return cells;
}

const brands = ['VISA', 'VISA', 'MASTERCARD', 'AMERICAN_EXPRESS', 'DISCOVER'];

function code(length: number, ...words: (string | number)[]): string {
  const letters = 'ABCDEFGHJKMNPQRSTVWXYZ23456789';
  return Array.from({ length }, (_, index) => letters[Math.floor(chance(index, ...words) * letters.length)]).join('');
}

/** The `index`th newest payment up to and including a day. */
export function payment(day: string, index: number, method: string | null, location: string | null): RecentPayment {
  const perDay = 60;
  const back = Math.floor(index / perDay);
  const on = addDays(day, -back);
  const within = index % perDay;
  const end = on === TODAY ? new Date(NOW).getTime() - 90_000 : new Date(`${addDays(on, 1)}T03:40:00Z`).getTime();
  const taken = new Date(end - within * 285_000 - Math.floor(chance('t', on, within) * 200_000));
  const card = method ? method === 'CARD' : chance('m', on, within) < 0.74;
  const place = locations.find((one) => one.id === location) ?? locations[chance('l', on, within) < 0.64 ? 0 : 1];
  const amount = 499 + Math.round(chance('$', on, within) ** 2.2 * 14_000);
  const refunded = chance('x', on, within) < 0.05 ? amount : 0;
  return {
    id: code(22, 'p', on, within),
    source: 'main',
    location_id: place?.id ?? 'L1',
    location: place?.name ?? 'Downtown',
    taken_at: taken.toISOString(),
    business_day: on,
    status: 'COMPLETED',
    amount_minor: amount,
    tip_minor: chance('tip', on, within) < 0.22 ? 100 + Math.round(chance('tp', on, within) * 4) * 50 : 0,
    refunded_minor: refunded,
    currency: 'USD',
    source_type: card ? 'CARD' : 'CASH',
    card_brand: card ? (brands[Math.floor(chance('b', on, within) * 5)] ?? 'VISA') : null,
    customer_id: chance('cu', on, within) < 0.4 ? code(14, 'c', on, within) : null,
    order_id: code(20, 'o', on, within),
    receipt_url: 'https://squareup.com/receipt/preview/EXAMPLE',
  };
}

const categories: [string, string[], number][] = [
  ['Vapes', ['Cloudline Disposable', 'Northwind Pod Kit', 'Pod Pack', 'Replacement Coil', 'Sub-ohm Tank'], 1899],
  ['Hemp gummies', ['Calm Gummies', 'Night Gummies', 'Sour Belts', 'Focus Chews'], 2499],
  ['Hemp flower', ['Indoor Pre-roll', 'Small Buds', 'Greenhouse Flower'], 1499],
  ['Glass', ['Beaker 10"', 'Straight Tube 14"', 'Spoon Pipe', 'Bubbler', 'Bowl Slide'], 4999],
  ['Papers & wraps', ['King Size Papers', 'Organic Hemp Wrap', 'Cones', 'Rolling Tray'], 399],
  ['Cigars', ['Robusto', 'Corona', 'Petite Corona'], 899],
  ['Accessories', ['Torch Lighter', 'Grinder 4-piece', 'Storage Jar', 'Cleaning Solution'], 1299],
  ['Kratom', ['Capsules 150 ct', 'Powder 250 g'], 2299],
];
const flavours = [
  'Blue Razz',
  'Mango Ice',
  'Watermelon',
  'Classic',
  'Mint',
  'Peach',
  'Grape',
  'Strawberry',
  'Original',
  'Black',
];

export const categoryNames = categories.map(([name]) => name);

export const products: ProductRow[] = categories.flatMap(([category, names, price]) =>
  names.flatMap((name) =>
    flavours.slice(0, 3 + Math.floor(chance('f', name) * 7)).map((flavour) => {
      const fast = chance('s', name, flavour);
      const sold = fast < 0.12 ? 0 : Math.round(fast ** 2 * 140) * 1000;
      const kind = chance('k', name, flavour);
      const stock = kind < 0.05 ? null : kind < 0.14 ? 0 : Math.round(chance('q', name, flavour) * 90) * 1000;
      const amount = kind > 0.97 ? null : Math.round((price * (0.7 + chance('p', name, flavour))) / 100) * 100 + 99;
      return {
        id: code(20, 'v', name, flavour),
        name: `${name} – ${flavour}`,
        category,
        sku:
          chance('u', name, flavour) < 0.08 ? null : `${category.slice(0, 3).toUpperCase()}-${code(5, name, flavour)}`,
        price_minor: amount,
        currency: amount === null ? null : 'USD',
        stock_milli: stock,
        sold_30_milli: sold,
        gross_30_minor: Math.round((sold / 1000) * (amount ?? price)),
        last_sold:
          sold > 0
            ? addDays(TODAY, -Math.floor(chance('d', name, flavour) * 9))
            : addDays(TODAY, -65 - Math.floor(chance('e', name) * 60)),
        days_left: sold > 0 && stock !== null ? Math.floor((stock * 30) / sold) : null,
      };
    }),
  ),
);
