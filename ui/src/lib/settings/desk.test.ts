import { expect, test } from 'vitest';
import type { Desk } from '../ipc/types/Desk';
import { deskDraft } from './draft';

const desk: Desk = {
  failures: true,
  summary: false,
  quiet_from: '21:00',
  quiet_until: '08:00',
  start_at_login: false,
  id_check_keys: 'Ctrl+Alt+I',
  keys: ['Ctrl+Alt+I'],
  login_trouble: null,
  keys_trouble: null,
};

test('a part that is saved takes no other along, and nothing that is only told', () => {
  expect(deskDraft(desk, { start_at_login: true })).toEqual({
    failures: true,
    summary: false,
    quiet_from: '21:00',
    quiet_until: '08:00',
    start_at_login: true,
    id_check_keys: 'Ctrl+Alt+I',
  });
});
