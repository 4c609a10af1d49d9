import type { AgeBoard } from './types/AgeBoard';
import type { AgeCheckLine } from './types/AgeCheckLine';
import type { AgeGoods } from './types/AgeGoods';
import type { AgeGoodsDraft } from './types/AgeGoodsDraft';
import type { AgeManual } from './types/AgeManual';
import type { AgePack } from './types/AgePack';
import type { AgeRange } from './types/AgeRange';
import type { AgeScan } from './types/AgeScan';
import type { AgeSettings } from './types/AgeSettings';
import type { AgeStatistics } from './types/AgeStatistics';
import type { AgeVerdict } from './types/AgeVerdict';
import type { AppState } from './types/AppState';
import type { AuditPage } from './types/AuditPage';
import type { AuditProof } from './types/AuditProof';
import type { AuditQuery } from './types/AuditQuery';
import type { BanDraft } from './types/BanDraft';
import type { BanId } from './types/BanId';
import type { BanLine } from './types/BanLine';
import type { BigQueryKey } from './types/BigQueryKey';
import type { ConnectionName } from './types/ConnectionName';
import type { Connections } from './types/Connections';
import type { CrashReport } from './types/CrashReport';
import type { DemoChoice } from './types/DemoChoice';
import type { Desk } from './types/Desk';
import type { DeskDraft } from './types/DeskDraft';
import type { EnterPin } from './types/EnterPin';
import type { ExplainQuery } from './types/ExplainQuery';
import type { Explanation } from './types/Explanation';
import type { LightspeedToken } from './types/LightspeedToken';
import type { LocationFilter } from './types/LocationFilter';
import type { MemberAct } from './types/MemberAct';
import type { MemberCart } from './types/MemberCart';
import type { MemberConsentDraft } from './types/MemberConsentDraft';
import type { MemberCustomer } from './types/MemberCustomer';
import type { MemberErased } from './types/MemberErased';
import type { MemberFigures } from './types/MemberFigures';
import type { MemberFile } from './types/MemberFile';
import type { MemberImport } from './types/MemberImport';
import type { MemberLine } from './types/MemberLine';
import type { MemberLink } from './types/MemberLink';
import type { MemberList } from './types/MemberList';
import type { MemberPerson } from './types/MemberPerson';
import type { MemberPoints } from './types/MemberPoints';
import type { MemberPointsAct } from './types/MemberPointsAct';
import type { MemberPreview } from './types/MemberPreview';
import type { MemberPriced } from './types/MemberPriced';
import type { MemberQuery } from './types/MemberQuery';
import type { MemberRange } from './types/MemberRange';
import type { MemberRef } from './types/MemberRef';
import type { MemberRules } from './types/MemberRules';
import type { MemberTier } from './types/MemberTier';
import type { MemberTold } from './types/MemberTold';
import type { Passphrase } from './types/Passphrase';
import type { PaymentId } from './types/PaymentId';
import type { PaymentsPage } from './types/PaymentsPage';
import type { PaymentsQuery } from './types/PaymentsQuery';
import type { People } from './types/People';
import type { PersonDraft } from './types/PersonDraft';
import type { PersonId } from './types/PersonId';
import type { ProbeResult } from './types/ProbeResult';
import type { Products } from './types/Products';
import type { ProductsQuery } from './types/ProductsQuery';
import type { Raffle } from './types/Raffle';
import type { RaffleActName } from './types/RaffleActName';
import type { RaffleCancel } from './types/RaffleCancel';
import type { RaffleBeacon } from './types/RaffleBeacon';
import type { RaffleCertificate } from './types/RaffleCertificate';
import type { RaffleClaim } from './types/RaffleClaim';
import type { RaffleDraft } from './types/RaffleDraft';
import type { RaffleDraw } from './types/RaffleDraw';
import type { RaffleEntry } from './types/RaffleEntry';
import type { RaffleForfeit } from './types/RaffleForfeit';
import type { RaffleLine } from './types/RaffleLine';
import type { RaffleName } from './types/RaffleName';
import type { RaffleOpening } from './types/RaffleOpening';
import type { RafflePerson } from './types/RafflePerson';
import type { RaffleRefund } from './types/RaffleRefund';
import type { RaffleSeal } from './types/RaffleSeal';
import type { RaffleTicket } from './types/RaffleTicket';
import type { RaffleVoid } from './types/RaffleVoid';
import type { Receipt } from './types/Receipt';
import type { Removed } from './types/Removed';
import type { ReturnAddress } from './types/ReturnAddress';
import type { Sales } from './types/Sales';
import type { SalesQuery } from './types/SalesQuery';
import type { Settings } from './types/Settings';
import type { SettingsDraft } from './types/SettingsDraft';
import type { Setup } from './types/Setup';
import type { SignInRequest } from './types/SignInRequest';
import type { SignInState } from './types/SignInState';
import type { SquareToken } from './types/SquareToken';
import type { Summary } from './types/Summary';
import type { SupportFile } from './types/SupportFile';
import type { SyncStatus } from './types/SyncStatus';
import type { TableName } from './types/TableName';
import type { TestCard } from './types/TestCard';
import type { Today } from './types/Today';
import type { TrainingDraft } from './types/TrainingDraft';
import type { TrainingLine } from './types/TrainingLine';
import type { UpdateChannel } from './types/UpdateChannel';
import type { UpdateStatus } from './types/UpdateStatus';

/** What becomes untrue when something changes. */
export type Tag =
  | 'app'
  | 'sales'
  | 'products'
  | 'sync'
  | 'connections'
  | 'people'
  | 'settings'
  | 'age'
  | 'members'
  | 'raffles'
  | 'updates';

/** Commands that only read, with what they ask and answer. */
export interface Reads {
  app_state: { args: null; reply: AppState };
  today: { args: LocationFilter; reply: Today };
  summary: { args: LocationFilter; reply: Summary };
  sales: { args: SalesQuery; reply: Sales };
  payments: { args: PaymentsQuery; reply: PaymentsPage };
  receipt: { args: PaymentId; reply: Receipt };
  sales_csv: { args: SalesQuery; reply: string };
  products: { args: ProductsQuery; reply: Products };
  explain: { args: ExplainQuery; reply: Explanation };
  update_status: { args: null; reply: UpdateStatus };
  sync_status: { args: null; reply: SyncStatus };
  connections: { args: null; reply: Connections };
  people: { args: null; reply: People };
  settings: { args: null; reply: Settings };
  desk: { args: null; reply: Desk };
  crash_reports: { args: null; reply: CrashReport[] };
  audit_log: { args: AuditQuery; reply: AuditPage };
  raffles: { args: null; reply: RaffleLine[] };
  raffle: { args: RaffleName; reply: Raffle };
  raffle_entries_csv: { args: RaffleName; reply: string };
  raffle_verifier: { args: null; reply: string };
  age_board: { args: null; reply: AgeBoard };
  age_test_card: { args: null; reply: TestCard };
  age_checks: { args: AgeRange; reply: AgeCheckLine[] };
  age_statistics: { args: AgeRange; reply: AgeStatistics };
  age_settings: { args: null; reply: AgeSettings };
  age_goods: { args: null; reply: AgeGoods[] };
  bans: { args: null; reply: BanLine[] };
  trainings: { args: null; reply: TrainingLine[] };
  member_tiers: { args: null; reply: MemberTier[] };
  member_rules: { args: null; reply: MemberRules };
  member_find: { args: MemberQuery; reply: MemberLine[] };
  members: { args: MemberList; reply: MemberLine[] };
  member: { args: MemberRef; reply: MemberTold };
  member_customers: { args: MemberRef; reply: MemberCustomer[] };
  member_preview: { args: MemberAct; reply: MemberPreview };
  member_points: { args: MemberRef; reply: MemberPoints };
  member_discount: { args: MemberCart; reply: MemberPriced };
  member_statistics: { args: MemberRange; reply: MemberFigures };
  member_import: { args: MemberFile; reply: MemberImport };
}

/** Commands that change something. */
export interface Writes {
  create_raffle: { args: RaffleDraft; reply: Raffle };
  update_raffle: { args: RaffleDraft; reply: Raffle };
  open_raffle: { args: RaffleOpening; reply: Raffle };
  enter_raffle: { args: RaffleEntry; reply: RaffleTicket };
  raffle_tickets: { args: RafflePerson; reply: RaffleTicket[] };
  raffle_beacon: { args: null; reply: RaffleBeacon };
  void_entry: { args: RaffleVoid; reply: Raffle };
  close_raffle: { args: RaffleName; reply: Raffle };
  seal_raffle: { args: RaffleSeal; reply: Raffle };
  draw_raffle: { args: RaffleDraw; reply: Raffle };
  claim_prize: { args: RaffleClaim; reply: Raffle };
  forfeit_prize: { args: RaffleForfeit; reply: Raffle };
  cancel_raffle: { args: RaffleCancel; reply: Raffle };
  refund_entry: { args: RaffleRefund; reply: Raffle };
  raffle_certificate: { args: RaffleActName; reply: RaffleCertificate };
  sync_now: { args: null; reply: null };
  sync_cancel: { args: null; reply: null };
  push_now: { args: null; reply: null };
  retry_dead: { args: TableName; reply: null };
  save_square_token: { args: SquareToken; reply: ProbeResult };
  save_lightspeed_token: { args: LightspeedToken; reply: ProbeResult };
  save_bigquery_key: { args: BigQueryKey; reply: ProbeResult };
  begin_sign_in: { args: SignInRequest; reply: SignInState };
  finish_sign_in: { args: ReturnAddress; reply: ProbeResult };
  cancel_sign_in: { args: null; reply: null };
  enter_pin: { args: EnterPin; reply: People };
  leave: { args: null; reply: null };
  touch: { args: null; reply: null };
  save_person: { args: PersonDraft; reply: People };
  remove_person: { args: PersonId; reply: People };
  save_settings: { args: SettingsDraft; reply: Settings };
  save_desk: { args: DeskDraft; reply: Desk };
  make_support: { args: null; reply: SupportFile };
  forget_crashes: { args: null; reply: null };
  keep_setup: { args: Setup; reply: null };
  use_passphrase: { args: Passphrase; reply: null };
  verify_audit: { args: null; reply: AuditProof };
  check_for_update: { args: null; reply: UpdateStatus };
  download_update: { args: null; reply: null };
  install_update: { args: null; reply: null };
  put_off_update: { args: null; reply: UpdateStatus };
  update_seen: { args: null; reply: null };
  set_update_channel: { args: UpdateChannel; reply: UpdateStatus };
  return_to_previous: { args: null; reply: null };
  test_connection: { args: ConnectionName; reply: ProbeResult };
  remove_connection: { args: ConnectionName; reply: Removed };
  open_receipt: { args: PaymentId; reply: null };
  open_again: { args: null; reply: null };
  set_aside: { args: null; reply: null };
  start_demo: { args: DemoChoice; reply: null };
  leave_demo: { args: null; reply: null };
  restated_seen: { args: null; reply: null };
  age_check: { args: AgeScan; reply: AgeVerdict };
  age_manual: { args: AgeManual; reply: AgeVerdict };
  save_age_settings: { args: AgeSettings; reply: AgeSettings };
  save_age_goods: { args: AgeGoodsDraft; reply: AgeGoods[] };
  age_pack: { args: AgeRange; reply: AgePack };
  ban_card: { args: BanDraft; reply: BanLine[] };
  lift_ban: { args: BanId; reply: BanLine[] };
  note_training: { args: TrainingDraft; reply: TrainingLine[] };
  save_tier: { args: MemberTier; reply: MemberTier[] };
  retire_tier: { args: MemberRef; reply: MemberTier[] };
  save_member_rules: { args: MemberRules; reply: MemberRules };
  save_member: { args: MemberPerson; reply: MemberTold };
  say_consent: { args: MemberConsentDraft; reply: MemberTold };
  change_member: { args: MemberAct; reply: MemberTold };
  change_points: { args: MemberPointsAct; reply: MemberPoints };
  give_discount: { args: MemberCart; reply: MemberPriced };
  link_member: { args: MemberLink; reply: MemberTold };
  erase_member: { args: MemberRef; reply: MemberErased };
  settle_members: { args: null; reply: number };
  import_members: { args: MemberFile; reply: MemberImport };
  export_members: { args: null; reply: string };
}

export type ReadName = keyof Reads;
export type WriteName = keyof Writes;

/** Tags whose change makes a read's answer stale. */
export const provides: Record<ReadName, readonly Tag[]> = {
  app_state: ['app', 'sync', 'connections'],
  today: ['sales', 'sync'],
  summary: ['sales'],
  sales: ['sales'],
  payments: ['sales'],
  receipt: ['sales'],
  sales_csv: ['sales'],
  products: ['products'],
  explain: ['sales', 'products', 'sync'],
  sync_status: ['sync'],
  update_status: ['updates'],
  connections: ['connections'],
  people: ['people'],
  settings: ['settings'],
  desk: ['settings'],
  crash_reports: ['app'],
  audit_log: ['people'],
  raffles: ['raffles'],
  raffle: ['raffles'],
  raffle_entries_csv: ['raffles'],
  raffle_verifier: ['raffles'],
  age_board: ['age'],
  age_test_card: ['age'],
  age_checks: ['age'],
  age_statistics: ['age', 'sales'],
  age_settings: ['age'],
  age_goods: ['age', 'products'],
  bans: ['age'],
  trainings: ['age', 'people'],
  member_tiers: ['members'],
  member_rules: ['members'],
  member_find: ['members'],
  members: ['members'],
  member: ['members'],
  member_customers: ['members'],
  member_preview: ['members'],
  member_points: ['members'],
  member_discount: ['members'],
  member_statistics: ['members'],
  member_import: ['members'],
};

const everything: readonly Tag[] = ['app', 'sales', 'products', 'sync', 'connections'];

/** Tags that a write makes stale as soon as it has answered; changes that take longer arrive as events. */
export const invalidates: Record<WriteName, readonly Tag[]> = {
  create_raffle: ['raffles'],
  update_raffle: ['raffles'],
  open_raffle: ['raffles'],
  enter_raffle: ['raffles'],
  raffle_tickets: [],
  raffle_beacon: [],
  void_entry: ['raffles'],
  close_raffle: ['raffles'],
  seal_raffle: ['raffles'],
  draw_raffle: ['raffles'],
  claim_prize: ['raffles'],
  forfeit_prize: ['raffles'],
  cancel_raffle: ['raffles'],
  refund_entry: ['raffles'],
  raffle_certificate: [],
  sync_now: ['sync'],
  sync_cancel: ['sync'],
  push_now: ['sync'],
  retry_dead: ['sync'],
  save_square_token: ['connections', 'app', 'sync'],
  save_lightspeed_token: ['connections', 'app', 'sync'],
  save_bigquery_key: ['connections', 'sync'],
  begin_sign_in: ['connections'],
  finish_sign_in: ['connections', 'app', 'sync'],
  cancel_sign_in: ['connections'],
  enter_pin: ['people', 'app', 'sales', 'products', 'sync', 'connections'],
  leave: ['people', 'app', 'sales', 'products', 'sync', 'connections'],
  touch: [],
  save_person: ['people', 'app'],
  remove_person: ['people', 'app'],
  save_settings: ['app', 'sync', 'settings', 'people'],
  save_desk: ['settings', 'people'],
  make_support: ['people'],
  forget_crashes: ['app', 'people'],
  keep_setup: ['app'],
  use_passphrase: ['connections', 'app', 'sync'],
  verify_audit: [],
  check_for_update: ['updates'],
  download_update: ['updates'],
  install_update: ['updates'],
  put_off_update: ['updates'],
  update_seen: ['updates'],
  set_update_channel: ['updates'],
  return_to_previous: ['updates'],
  test_connection: ['connections'],
  remove_connection: ['connections', 'app', 'sync'],
  open_receipt: [],
  open_again: everything,
  set_aside: everything,
  start_demo: everything,
  leave_demo: everything,
  restated_seen: ['sales'],
  age_check: [],
  age_manual: [],
  save_age_settings: ['age'],
  save_age_goods: ['age'],
  age_pack: [],
  ban_card: ['age'],
  lift_ban: ['age'],
  note_training: ['age'],
  save_tier: ['members'],
  retire_tier: ['members'],
  save_member_rules: ['members'],
  save_member: ['members'],
  say_consent: ['members'],
  change_member: ['members'],
  change_points: ['members'],
  give_discount: ['members'],
  link_member: ['members'],
  erase_member: ['members'],
  settle_members: ['members'],
  import_members: ['members'],
  export_members: [],
};
