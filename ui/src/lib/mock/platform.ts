/** An engine of invented answers for pictures and tests, chosen by `?mock=<scenario>`. Never part of a production build. */
import { download } from '../platform/download';
import { addDays, addMonths, daysBetween, firstOfMonth, lastOfMonth, monday } from '../format/time';
import { method as methodName } from '../format/words';
import type { ReadName, Reads, WriteName, Writes } from '../ipc/commands';
import type { ApiError } from '../ipc/types/ApiError';
import type { Filling } from '../ipc/types/Filling';
import type { PeriodTotals } from '../ipc/types/PeriodTotals';
import type { People } from '../ipc/types/People';
import type { ProbeResult } from '../ipc/types/ProbeResult';
import type { Setup } from '../ipc/types/Setup';
import type { Settings } from '../ipc/types/Settings';
import type { SourceFreshness } from '../ipc/types/SourceFreshness';
import type { Platform } from '../platform/types';
import * as age from './age';
import * as desk from './desk';
import * as members from './members';
import * as raffles from './raffles';
import * as shop from './shop';
import * as updates from './updates';

export const scenarios = ['full', 'first-run', 'filling', 'offline', 'stale', 'failing', 'demo', 'empty'] as const;
type Scenario = (typeof scenarios)[number];

const { NOW, TODAY } = shop;
const before = (minutes: number) => new Date(new Date(NOW).getTime() - minutes * 60_000).toISOString();

const revoked: ApiError = {
  code: 'SQUARE_TOKEN_REVOKED',
  message: 'Square no longer accepts the token. Sales up to 9:42 AM are safe here and in BigQuery.',
  hint: 'Make a new token at Square and paste it under Connections.',
  retryable: false,
};
const offline: ApiError = {
  code: 'OFFLINE',
  message: 'Square cannot be reached. Everything that was synced is safe and usable.',
  hint: 'Nothing to press: Backroom tries again by itself in 2 minutes.',
  retryable: true,
};
const parked: ApiError = {
  code: 'BIGQUERY_BUDGET',
  message: 'Today’s BigQuery budget of $1.00 is used up. 128 rows wait safely on this PC.',
  hint: 'It goes on by itself after midnight UTC. To go on now, raise the budget in config.toml and press Send now.',
  retryable: true,
};
const kept: Settings = { time_zone: 'America/Chicago', business_day_start: '04:00', every_minutes: 15, live: false, daily_budget_usd: '1.00', customer_name: 'drop', customer_email: 'hash', customer_phone: 'hash', applies_at_start: false, freshness_seconds: 41, shop_name: '', raw_days: 365, receipt_days: 730, audit_days: 0, kept: { raw: { rows: 4_210, oldest: '2026-01-12T15:00:00Z' }, receipts: { rows: 9_204, oldest: '2025-02-03T15:00:00Z' }, audit: { rows: 0, oldest: null } }, locations: shop.locations.map((place) => ({ id: place.id, kind: 'square', told: place.name, name: '' })) }; // prettier-ignore
const nobody: People = { people: [], at_work: null, locked: false, needs_passphrase: false, idle_minutes: 10 };
const probe: ProbeResult = {
  at: before(3),
  account: 'Cloud & Ember LLC',
  may: [
    'Read payments and refunds',
    'Read orders',
    'Read products',
    'Read stock counts',
    'Read customers',
    'Read locations',
  ],
  missing: [],
  expires_at: null,
};

export function mockPlatform(name: string): Platform {
  let scenario: Scenario = scenarios.find((known) => known === name) ?? 'full';
  let syncing = scenario === 'filling';
  let setup: Setup = { step: null, skipped: [], finished: scenario !== 'first-run' };
  let changed: (tags: string[]) => void = () => undefined;
  const none = () => scenario === 'empty' || scenario === 'first-run';

  const zero = (from: string, to: string): PeriodTotals => ({
    from, to, collected_minor: 0, tips_minor: 0, refunded_minor: 0, net_minor: 0, transactions: 0, customers: 0, average_minor: 0,
  }); // prettier-ignore
  const period = (from: string, to: string, location: string | null) =>
    none() ? zero(from, to) : shop.period(from, to, location);

  const filling = (): Filling | null =>
    scenario === 'filling'
      ? { today_complete: true, complete_since: '2026-01-28', percent: 41, rows: 41_200, seconds_left: 40 }
      : null;

  const square = (): SourceFreshness => {
    const fresh: SourceFreshness = {
      source: 'main', kind: 'square', last_success: before(3), last_attempt: before(3), state: 'fresh', since: null, trouble: null,
    }; // prettier-ignore
    switch (scenario) {
      case 'offline':
        return { ...fresh, state: 'offline', last_success: before(66), since: before(65), trouble: offline };
      case 'stale':
        return { ...fresh, state: 'stale', last_success: before(127), since: before(97) };
      case 'failing':
        return { ...fresh, state: 'failing', last_success: before(268), since: before(268), trouble: revoked };
      case 'empty':
        return { ...fresh, state: 'fresh' };
      default:
        return fresh;
    }
  };
  const waiting = () =>
    (({ offline: 42, failing: 128, filling: 12_480 }) as Partial<Record<Scenario, number>>)[scenario] ?? 0;

  const reads: { [N in ReadName]: (args: Reads[N]['args']) => Reads[N]['reply'] } = {
    app_state: () => ({
      version: '0.1.0',
      demo: scenario === 'demo',
      shop_name: scenario === 'first-run' ? '' : scenario === 'demo' ? 'Demonstration store' : 'Cloud & Ember',
      time_zone: shop.ZONE,
      business_day_start: '04:00',
      now: NOW,
      today: TODAY,
      currency: 'USD',
      currency_exponent: 2,
      first_run: scenario === 'first-run',
      locations: scenario === 'first-run' ? [] : shop.locations,
      filling: filling(),
      freshness: { sources: scenario === 'first-run' ? [] : [square()], waiting: waiting(), syncing },
      storage_problem: null,
      clock_behind: null,
      setup,
    }),
    today: ({ location }) => ({
      as_of: NOW,
      day: TODAY,
      currency: 'USD',
      totals: none() ? zero(TODAY, TODAY) : shop.soFar(TODAY, location),
      last_week_so_far: none() ? zero('2026-11-13', '2026-11-13') : shop.soFar('2026-11-13', location),
      last_week_whole: period('2026-11-13', '2026-11-13', location),
      hours: none()
        ? shop.hours('2020-01-01', location).map((hour) => ({ ...hour, net_minor: 0, transactions: 0 }))
        : shop.hours(TODAY, location),
      hour_now: 10,
      recent: none() ? [] : Array.from({ length: 12 }, (_, index) => shop.payment(TODAY, index, null, location)),
      attention:
        scenario === 'failing'
          ? [
              { level: 'problem', code: revoked.code, message: 'Square refuses the token since 9:42 AM. Sales up to then are safe.', hint: 'Paste a new token', screen: 'connections', sign_in: null },
              { level: 'warning', code: parked.code, message: '128 rows wait for BigQuery: today’s budget of $1.00 is used up.', hint: 'See the queue', screen: 'sync', sign_in: null },
            ] // prettier-ignore
          : scenario === 'full' || scenario === 'demo'
            ? [
                { level: 'warning', code: 'STOCK_OUT', message: '9 products that sell are out of stock. They sold 214 units in the last 30 days.', hint: 'See what is out', screen: 'products', sign_in: null },
                { level: 'info', code: 'DAY_RESTATED', message: 'Tuesday, November 17 changed by ($48.99) after it was closed.', hint: 'See the day', screen: 'sales', sign_in: null },
              ] // prettier-ignore
            : [],
      week: period(monday(TODAY), TODAY, location),
      month: period(firstOfMonth(TODAY), TODAY, location),
      year: period('2026-01-01', TODAY, location),
      by_location:
        location !== null || none()
          ? []
          : shop.locations.map((place) => {
              const totals = shop.soFar(TODAY, place.id);
              return { key: place.id, name: place.name, amount_minor: totals.net_minor, count: totals.transactions };
            }),
      restated:
        none() || scenario === 'filling'
          ? []
          : [
              { day: '2026-11-17', at: before(52), old_net_minor: 412_876, new_net_minor: 407_977, why: 'late refund' },
              { day: '2026-11-14', at: before(1_380), old_net_minor: 731_240, new_net_minor: 738_839, why: 'offline payment uploaded late' },
            ], // prettier-ignore
    }),
    summary: ({ location }) => ({
      as_of: NOW,
      currency: 'USD',
      today: period(TODAY, TODAY, location),
      week: period(monday(TODAY), TODAY, location),
      month: period(firstOfMonth(TODAY), TODAY, location),
      year: period('2026-01-01', TODAY, location),
      all: period(shop.FIRST_DAY, TODAY, location),
    }),
    sales: ({ from, to, location }) => {
      const totals = period(from, to, location);
      const days = daysBetween(from, to);
      const monthly = days > 92;
      const steps: [string, string][] = [];
      if (monthly) {
        for (let first = firstOfMonth(from); first <= to; first = addMonths(first, 1)) {
          steps.push([first < from ? from : first, lastOfMonth(first) > to ? to : lastOfMonth(first)]);
        }
      } else for (let index = 0; index < days; index += 1) steps.push([addDays(from, index), addDays(from, index)]);
      const gross = Math.round(totals.collected_minor * 1.005);
      const discounts = Math.round(gross * 0.041);
      const returns = totals.refunded_minor;
      const net = gross - discounts - returns;
      const tax = Math.round(net * 0.0825);
      const due = net + tax + totals.tips_minor;
      const split = (names: string[], total: number, milli: boolean) => {
        const weights = names.map((one, index) => (0.6 + chance(one)) / (index + 1.6));
        const sum = weights.reduce((one, other) => one + other, 0);
        return names.map((one, index) => {
          const amount = Math.round((total * (weights[index] ?? 0)) / sum);
          return { key: one, name: one, amount_minor: amount, count: Math.max(1, Math.round(amount / 2100)) * (milli ? 1000 : 1) };
        }).sort((one, other) => other.amount_minor - one.amount_minor); // prettier-ignore
      };
      const chance = (word: string) => shop.chance('w', word);
      const empty = totals.transactions === 0;
      return {
        as_of: NOW,
        currency: 'USD',
        other_currencies: [],
        totals,
        previous: period(addDays(from, -days), addDays(from, -1), location),
        ladder: {
          gross_minor: gross, discounts_minor: discounts, returns_minor: returns, net_sales_minor: net, tax_minor: tax,
          tips_minor: totals.tips_minor, service_minor: 0, due_minor: due, collected_minor: due + (empty ? 0 : 1_499),
          difference_minor: empty ? 0 : 1_499, orders_complete: scenario !== 'filling',
        }, // prettier-ignore
        series: steps.map(([first, last]) => period(first, last, location)),
        series_step: monthly ? 'month' : 'day',
        by_category: empty ? [] : split(shop.categoryNames, gross, true),
        by_item: empty
          ? []
          : split(
              shop.products.slice(0, 40).map((row) => row.name),
              Math.round(gross * 0.6),
              true,
            ),
        by_method: empty
          ? []
          : split(['CARD', 'CASH', 'GIFT_CARD', 'EXTERNAL'], totals.collected_minor, false).map((row) => ({
              ...row,
              name: methodName(row.key),
            })),
        by_location: shop.locations
          .filter((place) => !empty && (location === null || place.id === location))
          .map((place) => {
            const own = period(from, to, place.id);
            return { key: place.id, name: place.name, amount_minor: own.net_minor, count: own.transactions };
          }),
        hours:
          from === to
            ? shop.hours(from, location).map(({ hour, net_minor, transactions }) => ({ hour, net_minor: none() ? 0 : net_minor, transactions: none() ? 0 : transactions }))
            : [], // prettier-ignore
        heat: none() ? [] : shop.heat(from, to, location),
      };
    },
    payments: ({ from, to, location, method, offset, limit }) => {
      const total = none() ? 0 : daysBetween(from, to > TODAY ? TODAY : to) * 60;
      const rows = Math.max(0, Math.min(limit, total - offset));
      const listed = Array.from({ length: rows }, (_, index) =>
        shop.payment(to > TODAY ? TODAY : to, offset + index, method, location),
      );
      return {
        total,
        collected_minor: listed.reduce((sum, one) => sum + one.amount_minor, 0),
        part_minor: null,
        brought_back_minor: null,
        currency: 'USD',
        rows: listed,
      };
    },
    receipt: ({ id }) => {
      const all = Array.from({ length: 3_600 }, (_, index) => shop.payment(TODAY, index, null, null));
      const found = all.find((one) => one.id === id) ?? shop.payment(TODAY, 0, null, null);
      const tax = Math.round(found.amount_minor * 0.0762);
      const goods = found.amount_minor - tax;
      const first = Math.round(goods * 0.6);
      return {
        payment: found,
        lines: [
          { name: shop.products[3]?.name ?? '', quantity_milli: 1_000, unit_price_minor: first, total_minor: first },
          { name: shop.products[41]?.name ?? '', quantity_milli: 2_000, unit_price_minor: Math.round((goods - first + 200) / 2), total_minor: goods - first },
        ], // prettier-ignore
        refunds: found.refunded_minor
          ? [{ id: 'R1', created_at: before(20), business_day: TODAY, status: 'COMPLETED', amount_minor: found.refunded_minor, reason: 'Faulty coil' }]
          : [], // prettier-ignore
        tax_minor: tax,
        discount_minor: 200,
      };
    },
    sales_csv: ({ from, to, location }) =>
      ['day,net', ...Array.from({ length: daysBetween(from, to) }, (_, index) => {
        const day = addDays(from, index);
        return `${day},${period(day, day, location).net_minor / 100}`;
      })].join('\r\n'), // prettier-ignore
    products: ({ search, show, sort, descending, offset, limit }) => {
      const all = none() ? [] : shop.products;
      const is = {
        low: (row: (typeof all)[number]) => (row.stock_milli ?? 0) > 0 && row.days_left !== null && row.days_left <= 14,
        out: (row: (typeof all)[number]) => row.stock_milli === 0,
        dead: (row: (typeof all)[number]) => (row.stock_milli ?? 0) > 0 && row.sold_30_milli === 0,
      };
      const words = search.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = all
        .filter((row) => show === 'all' || is[show as 'low' | 'out' | 'dead'](row))
        .filter((row) =>
          words.every((word) => `${row.name} ${row.category} ${row.sku ?? ''}`.toLowerCase().includes(word)),
        )
        .toSorted((one, other) => {
          const by = {
            name: one.name.localeCompare(other.name),
            sold: one.sold_30_milli - other.sold_30_milli,
            stock: (one.stock_milli ?? -1) - (other.stock_milli ?? -1),
            price: (one.price_minor ?? -1) - (other.price_minor ?? -1),
          }[sort as 'name' | 'sold' | 'stock' | 'price'];
          return descending ? -by : by;
        });
      return {
        as_of: NOW,
        total: rows.length,
        low: all.filter(is.low).length,
        out: all.filter(is.out).length,
        dead: all.filter(is.dead).length,
        rows: rows.slice(offset, offset + limit),
      };
    },
    explain: ({ metric, from, to, location, product }) => {
      const totals =
        from === TODAY && to === TODAY
          ? none()
            ? zero(from, to)
            : shop.soFar(TODAY, location)
          : period(from, to, location);
      const item = shop.products.find((row) => row.id === product);
      return {
        title: item ? item.name : { net: 'Net', transactions: 'Transactions', average: 'Average', tips: 'Tips', refunded: 'Refunds', customers: 'Known customers' }[metric] ?? metric,
        formula: {
          net: 'Net = completed payments − completed refunds. Tips, tax and gift-card loads are not revenue.',
          average: 'Average = collected ÷ payments.',
          transactions: 'The number of completed payments.',
        }[metric] ?? 'The sum of the rows below.',
        filters: [from === to ? `Business day ${from}, from 4:00 AM` : `Business days ${from} to ${to}`, location ? 'One location' : 'All locations', 'Completed payments; refunds on the day they were made'],
        parts: item ? [
          { name: 'Price', value: item.price_minor ?? 0, unit: 'money', is_result: false, beside: [] },
          { name: 'In stock', value: Math.trunc((item.stock_milli ?? 0) / 1000), unit: 'count', is_result: false, beside: [] },
          { name: 'Sold in 30 days', value: Math.trunc(item.sold_30_milli / 1000), unit: 'count', is_result: false, beside: [] },
          { name: 'Days left', value: item.days_left ?? 0, unit: 'count', is_result: false, beside: [] },
        ] : [
          { name: 'Completed payments', value: totals.collected_minor, unit: 'money', is_result: false, beside: [] },
          { name: 'Completed refunds', value: -totals.refunded_minor, unit: 'money', is_result: false, beside: [] },
          { name: 'Net', value: totals.net_minor, unit: 'money', is_result: false, beside: [] },
          { name: 'Payments', value: totals.transactions, unit: 'count', is_result: false, beside: [] },
        ],
        freshness: ['Square: read to the end 3 min ago', 'BigQuery has every row'],
        columns: [],
        rows: totals.transactions,
        row_name: 'payment',
        sample: none() ? [] : Array.from({ length: 8 }, (_, index) => shop.payment(to, index, null, location)),
      }; // prettier-ignore
    },
    sync_status: () => {
      const failing = scenario === 'failing';
      const source = square();
      const trouble = source.trouble;
      const entities: [string, number, boolean][] = [
        ['payments', 61_480, true], ['refunds', 812, true], ['orders', 60_904, true], ['inventory', 184, true],
        ['catalog', 201, false], ['customers', 1_712, false], ['locations', 2, false], ['team', 9, false],
      ]; // prettier-ignore
      const tables: [string, number][] = [
        ['square_payments', 100_184], ['square_refunds', 1_320], ['square_orders', 99_240], ['square_order_lines', 187_011],
        ['square_items', 201], ['square_customers', 1_712], ['square_locations', 2],
      ]; // prettier-ignore
      return {
        as_of: NOW,
        running: syncing,
        next_at: scenario === 'offline' ? before(-2) : before(-12),
        every_minutes: 15,
        filling: filling(),
        streams:
          scenario === 'first-run'
            ? []
            : entities.flatMap(([entity, rows, placed]) =>
                (placed ? shop.locations : [null]).map((place, index) => {
                  const part = scenario === 'filling' && ['payments', 'orders', 'refunds'].includes(entity) ? 41 : 100;
                  return {
                    source: 'main',
                    entity,
                    location: place?.id ?? null,
                    location_name: place?.name ?? null,
                    rows: none() ? 0 : Math.round((rows * part * (index === 0 ? 1 : 0.63)) / 100),
                    last_success: source.last_success,
                    last_attempt: source.last_attempt,
                    percent: part,
                    running: syncing && part < 100,
                    trouble: entity === 'payments' || entity === 'orders' ? trouble : null,
                    trouble_since: trouble && (entity === 'payments' || entity === 'orders') ? source.since : null,
                  };
                }),
              ),
        tables: tables.map(([table, delivered]) => ({
          table,
          pending: waiting() === 0 ? 0 : Math.round((waiting() * delivered) / 389_670),
          dead: failing && table === 'square_order_lines' ? 3 : 0,
          delivered: none() ? 0 : delivered,
          last_delivery: none() ? null : before(2),
          state: failing ? 'parked' : scenario === 'filling' ? 'sending' : waiting() > 0 ? 'waiting' : 'idle',
          trouble: failing ? parked : null,
          trouble_since: failing ? before(40) : null,
        })),
        warehouse_trouble: failing ? parked : null,
        warehouse_configured: scenario !== 'first-run',
        cost: {
          bytes: 412_000_000,
          jobs: 96,
          cost_micro_usd: failing ? 1_000_000 : 2_600,
          budget_micro_usd: 1_000_000,
        },
        receipts: none()
          ? []
          : Array.from({ length: 20 }, (_, index) => {
              const place = shop.locations[index % 2];
              const entity =
                ['payments', 'payments', 'orders', 'orders', 'refunds', 'refunds', 'catalog'][index % 7] ?? 'payments';
              const rows = entity === 'catalog' ? 201 : 3 + Math.floor(shop.chance('rc', index) * 40);
              return {
                id: 9_204 - index,
                source: 'main',
                entity,
                location: entity === 'catalog' ? null : (place?.id ?? null),
                kind: entity === 'catalog' ? 'all' : 'changes',
                from: before(18 + index * 8),
                to: before(3 + index * 8),
                finished_at: before(3 + index * 8),
                pages: Math.ceil(rows / 100),
                rows,
                changed: Math.round(rows * 0.4),
                first_id: shop.payment(TODAY, index * 3, null, null).id,
                last_id: shop.payment(TODAY, index * 3 + 2, null, null).id,
                sum_minor: entity === 'catalog' ? 0 : rows * 3_312,
              };
            }),
        limits: [],
      };
    },
    connections: () => ({
      sources: [
        {
          name: 'main', kind: 'square', base_url: scenario === 'demo' ? 'http://127.0.0.1:4010' : 'https://connect.squareup.com',
          connected: scenario !== 'first-run', probe: scenario === 'first-run' ? null : probe,
          trouble: scenario === 'failing' ? revoked : null, client_id: '', redirect: '', signed_in: null, token_ends_at: null,
        },
      ], // prettier-ignore
      warehouse: {
        project: scenario === 'first-run' ? '' : 'example-project',
        dataset: scenario === 'first-run' ? '' : 'analytics',
        location: 'US',
        base_url: 'https://bigquery.googleapis.com',
        connected: scenario !== 'first-run',
        probe:
          scenario === 'first-run'
            ? null
            : { at: before(2), account: 'backroom@example-project.iam.gserviceaccount.com', may: ['Create and fill tables in analytics', 'Run load and merge jobs'], missing: scenario === 'failing' ? ['Read table metadata'] : [], expires_at: null },
        trouble: null,
      }, // prettier-ignore
      keychain_trouble: null,
      secrets: 'keychain',
      sign_in: null,
    }),
    people: () => nobody,
    settings: () => kept,
    desk: () => desk.desk(),
    crash_reports: () => desk.crashes(scenario === 'failing'),
    update_status: () => updates.status(),
    audit_log: () => ({ entries: [] }),
    age_board: () => age.board,
    age_test_card: () => ({ text: 'An invented card that nobody has' }),
    age_checks: () => [],
    age_statistics: ({ from, to }) => ({
      from: from ?? TODAY, to: to ?? TODAY, checks: 0, green: 0, amber: 0, red: 0, self_tests: 0, average_ms: null,
      by_hour: [], by_reason: [], by_method: [], by_clerk: [], coverage: age.coverage,
    }), // prettier-ignore
    age_settings: () => age.settings,
    age_goods: () => age.goods,
    bans: () => [],
    trainings: () => [],
    ...members.reads,
    ...raffles.reads,
  };

  const writes: { [N in WriteName]: (args: Writes[N]['args']) => Writes[N]['reply'] | ApiError } = {
    sync_now: () => {
      syncing = true;
      setTimeout(() => {
        syncing = false;
        changed(['sync', 'sales']);
      }, 1_500);
      return null;
    },
    sync_cancel: () => {
      syncing = false;
      return null;
    },
    push_now: () => null,
    retry_dead: () => null,
    save_square_token: ({ token }) => {
      if (token.length < 20) return { ...revoked, code: 'SQUARE_TOKEN_REFUSED', message: 'Square does not know this token. Nothing was stored.', hint: 'Copy the whole production access token and paste it again.' };
      scenario = 'filling';
      syncing = true;
      return probe;
    }, // prettier-ignore
    save_lightspeed_token: () => probe,
    begin_sign_in: ({ kind, name }) => ({
      kind,
      name,
      address: 'https://example.com/sign-in',
      comes_back_here: kind === 'square',
      until: new Date(Date.now() + 300_000).toISOString(),
      trouble: null,
    }),
    finish_sign_in: () => probe,
    cancel_sign_in: () => null,
    enter_pin: () => nobody,
    leave: () => null,
    touch: () => null,
    save_person: () => nobody,
    remove_person: () => nobody,
    save_settings: () => kept,
    save_desk: (draft) => desk.keep(draft),
    make_support: () => desk.support,
    forget_crashes: () => (desk.forget(), null),
    keep_setup: (kept) => {
      setup = kept;
      return null;
    },
    use_passphrase: () => null,
    verify_audit: () => ({ ok: true, entries: 0, broken_at: null, missing: 0 }),
    check_for_update: () => updates.become({ checked_at: NOW }),
    download_update: () => (updates.become({ state: 'ready', installs_at: '2026-11-21T06:00:00Z' }), null),
    install_update: () => (updates.become({ state: 'installing' }), null),
    put_off_update: () => updates.become({ later_until: '2026-11-23T20:05:00Z' }),
    update_seen: () => (updates.become({ updated: null }), null),
    set_update_channel: ({ channel }) => updates.become({ channel }),
    return_to_previous: () => (updates.become({ state: 'installing' }), null),
    save_bigquery_key: () => probe,
    test_connection: () => probe,
    remove_connection: () => {
      scenario = 'first-run';
      return { withdrawn: false, left: 'The token itself still opens the Square account.' };
    },
    open_receipt: () => null,
    open_again: () => null,
    set_aside: () => null,
    start_demo: () => {
      scenario = 'demo';
      return null;
    },
    leave_demo: () => {
      scenario = 'first-run';
      return null;
    },
    restated_seen: () => null,
    age_check: () => age.verdict('scan'),
    age_manual: () => age.verdict('manual'),
    save_age_settings: (draft) => draft,
    save_age_goods: () => age.goods,
    age_pack: ({ from, to }) => age.pack(from ?? TODAY, to ?? TODAY),
    ban_card: () => [],
    lift_ban: () => [],
    note_training: () => [],
    ...members.writes,
    ...raffles.writes,
  };

  return {
    kind: 'mock',
    save: download,
    visit() {},
    rpc(name, args) {
      const handler = { ...reads, ...writes }[name as ReadName] as ((args: unknown) => unknown) | undefined;
      const reply = handler?.(args);
      const failed = typeof reply === 'object' && reply !== null && 'retryable' in reply;
      return failed ? Promise.reject(reply as unknown as Error) : Promise.resolve(structuredClone(reply));
    },
    onChange(handler) {
      changed = (tags) => handler({ invalidates: tags });
      return () => undefined;
    },
  };
}
