import type { View } from '../state/router.svelte';

/** What somebody may do; later ones may do all that earlier ones may. */
export const roles = ['clerk', 'manager', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Whether a role is at least another. */
export function covers(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** A role as the engine writes it; whatever is not known may do the least. */
export function roleOf(text: string): Role {
  return roles.find((role) => role === text) ?? 'clerk';
}

/** The least role for each screen. */
const screens: Record<View, Role> = {
  today: 'manager',
  sales: 'manager',
  products: 'clerk',
  sync: 'manager',
  connections: 'manager',
  settings: 'manager',
  age: 'clerk',
  members: 'clerk',
  raffles: 'clerk',
  setup: 'owner',
};

/** Whether a screen is for a role. */
export function opens(role: Role, view: View): boolean {
  return covers(role, screens[view]);
}

/** What a person sees in place of a screen that is not for the role. */
export function screenFor(role: Role, view: View): View {
  if (opens(role, view)) return view;
  return role === 'clerk' ? 'products' : 'today';
}

/** A role in words. */
export const roleName: Record<Role, string> = { clerk: 'Clerk', manager: 'Manager', owner: 'Owner' };

/** What a role is for, for whoever gives it. */
export const roleMeaning: Record<Role, string> = {
  clerk: 'Works at the counter. Sees products, prices and stock, and no takings.',
  manager: 'Runs the shop. Sees every number; looks at connections and settings, and changes neither.',
  owner: 'Decides. Changes connections, people and settings, and reads the audit log.',
};
