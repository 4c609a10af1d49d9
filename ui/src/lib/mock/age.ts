/** Invented answers of ID checks. Never part of a production build. */
import type { AgeBoard } from '../ipc/types/AgeBoard';
import type { AgeCoverage } from '../ipc/types/AgeCoverage';
import type { AgeGoods } from '../ipc/types/AgeGoods';
import type { AgePack } from '../ipc/types/AgePack';
import type { AgeSettings } from '../ipc/types/AgeSettings';
import type { AgeVerdict } from '../ipc/types/AgeVerdict';

const source = 'Invented for the demonstration';

export const board: AgeBoard = {
  state: 'TX',
  states: ['CA', 'TX'],
  classes: ['tobacco', 'vapor', 'hemp', 'accessory', 'other'].map((code) => ({
    code,
    minimum_age: 21,
    source,
    scanning: 'allowed',
  })),
  card_under: 30,
  card_under_source: source,
  documents: ['driver_license', 'state_id', 'passport', 'military_id', 'other'],
  scanner_prefix: '',
  scanner_suffix: '',
  fingerprints: false,
  fingerprints_why: 'Off: the owner has not turned it on.',
  rules_version: 'invented',
  checks_today: 12,
  refused_today: 1,
  last_self_test: null,
  second_person: false,
};

export const settings: AgeSettings = {
  state: 'TX',
  card_under: null,
  expired_is_amber: false,
  ages: [],
  fingerprints: false,
  fingerprint_days: 30,
  pass_back_minutes: 20,
  scanner_prefix: '',
  scanner_suffix: '',
};

export const goods: AgeGoods[] = [
  { source: 'main', category: 'c1', name: 'Disposables', needs: 'vapor' },
  { source: 'main', category: 'c2', name: 'Snacks', needs: 'free' },
  { source: 'main', category: '#typed', name: 'Typed in by hand', needs: '' },
];

export const coverage: AgeCoverage = {
  checks: 11,
  sales: 14,
  lines: 19,
  unknown: 0,
  percent: 78,
  why: ['Checks ÷ sales, invented.'],
  goods: goods.map((one, at) => ({ ...one, lines: 9 - at, sales: 7 - at })),
};

export const pack = (from: string, to: string): AgePack => ({
  from,
  to,
  name: `id-checks-${from}-to-${to}`,
  csv: 'part,id\r\n',
  csv_sha256: '0'.repeat(64),
  pdf: '',
  checks: 11,
  self_tests: 1,
  chain_ok: true,
});

/** Whoever it is, a look at the card is asked for: an invented engine permits nothing. */
export function verdict(method: string): AgeVerdict {
  return {
    id: null,
    verdict: 'amber',
    reason: 'signs',
    sentence: 'Something about this card asks for a look. A sign is no proof.',
    method,
    product_class: 'tobacco',
    minimum_age: 21,
    source,
    age_years: 33,
    expires: '2030-01-02',
    days_to_expiry: 1_139,
    signals: [],
    rules_version: 'invented',
  };
}
