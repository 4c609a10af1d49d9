import { status, vendor } from '../format/words';
import type { AuditLine } from '../ipc/types/AuditLine';
import type { AuditProof } from '../ipc/types/AuditProof';
import { counted } from '../format/number';

/** What stands in an entry's detail, by field: `name main, kind square`. */
export function fieldsOf(detail: string): Record<string, string> {
  const parts = detail.split(/, (?=(?:name|kind|table|project|dataset|role|pin|id) )/);
  return Object.fromEntries(
    parts.flatMap((part) => {
      const [, field, value] = /^(name|kind|table|project|dataset|role|pin|id) (.+)$/s.exec(part) ?? [];
      return field && value ? [[field, value]] : [];
    }),
  );
}

/** What became of a field: `Max → Maxine`; both the same where it stayed. */
function change(value: string): { was: string; is: string } {
  const [was = '', is = was] = value.split(' → ');
  return { was, is };
}

/** What a setting is called in the log. */
const settings: Record<string, string> = {
  shop_name: 'name of the shop',
  time_zone: 'time zone',
  business_day_start: 'a day begins at',
  every_minutes: 'minutes between two syncs',
  live: 'live',
  daily_budget_usd: 'BigQuery budget in dollars a day',
  customer_name: 'names of customers at BigQuery',
  customer_email: 'their e-mail addresses',
  customer_phone: 'their phone numbers',
  raw_days: 'replies of the point of sale are kept',
  receipt_days: 'receipts are kept',
  audit_days: 'the audit log is kept',
  location: 'location',
  notices_failures: 'notices of what needs a hand',
  notices_summary: 'notices of a day that is over',
  quiet_hours: 'quiet hours',
  start_at_login: 'starting when somebody signs in',
  id_check_keys: 'keys that open the ID check',
};

/** Which settings were changed, from what to what. */
function settingsWords(detail: string): string {
  const parts = detail.split('; ').flatMap((part) => {
    const [, field = '', was, is] = /^(\w+): (.*) → (.*)$/s.exec(part) ?? [];
    return was === undefined ? [] : [`${settings[field] ?? field.replaceAll('_', ' ')} ${was} → ${is}`];
  });
  return parts.length === 0 ? 'Changed the settings' : `Changed the settings: ${parts.join('; ')}`;
}

/** What was changed of a person. */
function personWords({ name = '', role, pin, id }: Record<string, string>): string {
  if (!id) return `Added ${name}${role ? ` as ${role}` : ''}`;
  const { was, is } = change(name);
  const what = [
    was === is ? '' : `now called ${is}`,
    role?.includes(' → ') ? `role ${role}` : role ? `now ${role}` : '',
    pin ? 'new PIN' : '',
  ].filter(Boolean);
  return `Changed ${[was, ...what].join(', ')}`;
}

const names: Record<string, string> = { warehouse: 'BigQuery' };
const connection = (name: string | undefined) => (name ? (names[name] ?? name) : 'a connection');

/** What an entry says was done, in words. */
export function said({ action, detail }: Pick<AuditLine, 'action' | 'detail'>): string {
  const fields = fieldsOf(detail);
  const { name, kind, table, project, dataset, role, id } = fields;
  switch (action) {
    case 'connection.token':
      return `Saved a token for ${connection(name)}`;
    case 'connection.key':
      return `Saved the BigQuery key${project ? ` for ${project}${dataset ? `.${dataset}` : ''}` : ''}`;
    case 'connection.sign_in_begun':
      return `Began to sign in${kind ? ` at ${vendor(kind)}` : ''}${name ? ` for ${connection(name)}` : ''}`;
    case 'connection.signed_in':
      return `Signed in${kind ? ` at ${vendor(kind)}` : ''}${name ? ` for ${connection(name)}` : ''}`;
    case 'connection.removed':
      return `Removed the connection ${connection(name)}`;
    case 'delivery.retried':
      return `Sent the refused rows${table ? ` of ${table}` : ''} again`;
    case 'settings.saved':
      return settingsWords(detail);
    case 'person.saved':
      return name ? personWords(fields) : 'Changed a person';
    case 'person.removed':
      return name ? `Removed ${name}${role ? `, ${role}` : ''}` : `Removed a person${id ? ` (number ${id})` : ''}`;
    case 'person.came':
      return 'Entered the PIN';
    case 'person.left':
      return 'Locked Backroom';
    case 'person.idle':
      return `Was away for ${detail || 'a while'}: Backroom locked itself`;
    case 'update.begun':
      return `Began to install ${detail}`;
    case 'update.installed':
      return `Backroom was updated ${detail}`;
    case 'update.unwell':
      return `Backroom was updated ${detail}, and the check after it found something wrong`;
    case 'update.failed':
      return `${status(detail)} was not installed`;
    case 'update.later':
      return 'Put the update off';
    case 'update.channel':
      return `Chose ${detail} versions`;
    case 'update.return':
      return `Began to go back to ${detail}`;
    case 'support.made':
      return 'Made a support file';
    case 'crash.forgotten':
      return `Deleted ${detail === '1' ? 'the report' : `${detail} reports`} of an unexpected end`;
    case 'audit.trimmed':
      return `Removed the entries up to number ${/^through (\d+)/.exec(detail)?.[1] ?? '?'}: they were older than the log is kept`;
    case 'person.wrong_pin':
      return `Entered a wrong PIN${detail ? ` (${detail})` : ''}`;
    case 'person.reset':
      return `Removed everybody${detail ? `, ${detail}` : ''}`;
    default:
      return [status(action.replaceAll('.', ' ')), detail].filter(Boolean).join(': ');
  }
}

/**
 * Who did what an entry says, out of entries with the newest first; empty where nobody had to enter a PIN. Whoever locks
 * Backroom is gone when it is written down: it is who was at work before.
 */
export function whoOf(entries: readonly AuditLine[], at: number): string {
  const entry = entries[at];
  if (!entry || entry.operator || entry.action !== 'person.left') return entry?.operator ?? '';
  for (const earlier of entries.slice(at + 1)) {
    if (earlier.action === 'person.left' || earlier.action === 'person.reset') return '';
    if (earlier.action !== 'person.wrong_pin' && earlier.operator) return earlier.operator;
  }
  return '';
}

/** Whether an entry is one to look at twice. */
export function isWarning(action: string): boolean {
  return action === 'person.wrong_pin' || action === 'person.reset';
}

/** What became of a check, in a sentence. */
export function proofWords(proof: AuditProof): string {
  if (proof.ok) {
    const all = counted(proof.entries, 'entry', 'entries');
    return proof.entries === 1
      ? 'The one entry is as it was written, and none is missing.'
      : `All ${all} are as they were written, and none is missing.`;
  }
  const broken = proof.broken_at === null ? '' : `Entry ${proof.broken_at} was changed, or one before it is gone.`;
  const cut =
    proof.missing === 0
      ? ''
      : `${counted(proof.missing, 'entry', 'entries')} at the end ${proof.missing === 1 ? 'was' : 'were'} cut off.`;
  return [broken, cut].filter(Boolean).join(' ') || 'The log is not as it was written.';
}

/** The last change of what a connection is entered with. */
export interface Rotation {
  connection: string;
  line: AuditLine | null;
}

/**
 * The last change of each connection's credential, out of entries with the newest first. A sign-in names its connection where it
 * began, so the one that succeeded is that of the nearest beginning before it.
 */
export function rotations(connections: readonly string[], entries: readonly AuditLine[]): Rotation[] {
  const found = new Map<string, AuditLine>();
  const keep = (name: string | undefined, line: AuditLine) => {
    if (name !== undefined && !found.has(name)) found.set(name, line);
  };
  for (const [at, line] of entries.entries()) {
    const { name } = fieldsOf(line.detail);
    if (line.action === 'connection.key') keep('warehouse', line);
    else if (line.action === 'connection.token' || line.action === 'connection.removed') keep(name, line);
    else if (line.action === 'connection.signed_in') {
      const begun = entries.slice(at + 1).find((earlier) => earlier.action === 'connection.sign_in_begun');
      keep(name ?? (begun && fieldsOf(begun.detail)['name']), line);
    }
  }
  return connections.map((connection) => ({ connection, line: found.get(connection) ?? null }));
}
