import type { MemberPerson } from '../ipc/types/MemberPerson';
import type { MemberTold } from '../ipc/types/MemberTold';
import { phoneLike } from './words';

/** Who somebody is, as it stands in the fields. */
export interface Parts {
  name: string;
  phone: string;
  card: string;
  email: string;
}

/**
 * What the fields begin with: what is known of a member, or what was looked for in vain. What is shown in part only begins empty: nobody
 * may save the part in place of the whole.
 */
export function startOf(told: MemberTold | undefined, text = ''): Parts {
  if (told) {
    const whole = (value: string | null) => (told.masked ? '' : (value ?? ''));
    return { name: told.line.name, phone: whole(told.phone), card: told.card ?? '', email: whole(told.email) };
  }
  const none: Parts = { name: '', phone: '', card: '', email: '' };
  if (phoneLike(text)) return { ...none, phone: text };
  if (text.includes('@')) return { ...none, email: text };
  return /\d/.test(text) ? { ...none, card: text } : { ...none, name: text };
}

/** What was changed in the fields: what is not named stays as it is. */
export function changed(now: Parts, before: Parts): Pick<MemberPerson, keyof Parts> {
  const names = ['name', 'phone', 'card', 'email'] as const;
  return Object.fromEntries(
    names.filter((name) => now[name].trim() !== before[name]).map((name) => [name, now[name].trim()]),
  );
}
