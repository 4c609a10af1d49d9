/** A raffle’s rules as the engine keeps them. Members that the wizard does not know would be lost, so there are none. */
export interface Amount {
  minor: number;
  currency: string;
}
export interface Prize {
  id: string;
  name: string;
  value: Amount;
  count: number;
  tobacco: boolean;
}
export interface Rules {
  id: string;
  title: string;
  sponsor: { name: string; address: string; state: string; for_profit: boolean };
  opens_at: string;
  closes_at: string;
  zone: string;
  eligibility: { min_age: number; states: string[]; left_out: string };
  prizes: Prize[];
  odds: string;
  limits: { per_person: number | null; per_person_per_day: number | null; per_household: number | null };
  free_entry: { at_counter: boolean; by_mail: string | null; how: string } | null;
  purchase_entry: { how: string; tobacco: boolean } | null;
  paid_entry: { price: Amount; legal_basis: { law: string; permit: string; recorded_at: string } | null } | null;
  alternates: number;
  one_prize_per_person: boolean;
  claim_days: number;
  winners_list: string;
}
/** What is told about a raffle and promises nothing; it may change after the opening. */
export interface Notice {
  headline: string;
  description: string;
  contact: string;
}
export interface RaffleDocument {
  rules: Rules;
  notice: Notice;
}

/** Reads the document of a raffle that the engine told. */
export function readDocument(text: string): RaffleDocument {
  const read = JSON.parse(text) as { rules: Rules; notice?: Notice };
  return { rules: read.rules, notice: read.notice ?? { headline: '', description: '', contact: '' } };
}
