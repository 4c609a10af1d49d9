import { query } from '../ipc/index.svelte';
import { may } from '../people/people.svelte';

/** Entries that are read at a time. */
export const PAGE = 50;

/** The newest entries of the audit log, where an owner is at work. */
export const auditLog = query('audit_log', () => (may('owner') ? { before: null, limit: PAGE } : undefined));
