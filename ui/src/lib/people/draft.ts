/** What is wrong with a new PIN before it is sent, or nothing. `needed`: whether it may not be left empty. */
export function pinFault(pin: string, again: string, needed: boolean): string {
  if (pin === '' && again === '' && !needed) return '';
  if (!/^\d{4,8}$/.test(pin)) return 'A PIN has four to eight digits.';
  return pin === again ? '' : 'The two are not the same.';
}

/** The field that a refusal is about. */
export function whereOf(code: string): 'name' | 'role' | 'pin' | 'all' {
  if (code.startsWith('PIN_')) return 'pin';
  if (code === 'PERSON_NAME_TAKEN' || code === 'BAD_REQUEST') return 'name';
  return code === 'PERSON_LAST_OWNER' ? 'role' : 'all';
}
