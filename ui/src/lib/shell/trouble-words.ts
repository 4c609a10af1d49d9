import type { ApiError } from '../ipc/types/ApiError';

interface Words {
  title: string;
  safe: string;
}

const config: Words = {
  title: 'The settings file has a mistake.',
  safe: 'Every sale is kept as it was. Backroom does not guess what the settings mean, so it has not started to read or send.',
};

const byCode: Record<string, Words> = {
  STORE_CORRUPT: {
    title: 'The sales file on this computer is damaged.',
    safe: 'Square still has every sale, and BigQuery everything that was delivered. Backroom has changed nothing in the damaged file, and keeps it whatever you press.',
  },
  STORE_TOO_NEW: {
    title: 'These sales were saved by a newer Backroom.',
    safe: 'Every sale is kept. This older version has changed nothing, because it could not do so safely.',
  },
  STORE_READ_ONLY: {
    title: 'Backroom may not write to its data folder.',
    safe: 'What was saved is still there, unchanged. Square keeps every new sale until Backroom can read it.',
  },
  STORE_FOLDER: {
    title: 'Backroom cannot use its data folder.',
    safe: 'Nothing was changed. Square keeps every sale until Backroom can read it.',
  },
  STORE_IN_USE: {
    title: 'Another Backroom is using these sales.',
    safe: 'The other one goes on undisturbed. Two at once could mix up what is delivered, so this one waits.',
  },
  STORE_DISK_FULL: {
    title: 'The disk of this computer is full.',
    safe: 'What was saved is still there. Square keeps every new sale until there is room again.',
  },
  STORE_DISK: {
    title: 'The disk of this computer does not answer as it should.',
    safe: 'What could be saved is still there. Square keeps every new sale until the disk works again.',
  },
  STORE_REPLACED: {
    title: 'The sales file was moved or replaced while Backroom was open.',
    safe: 'Backroom has stopped writing, so nothing is mixed up. Square still has every sale.',
  },
  STORE_MIGRATION: {
    title: 'The sales file could not be brought to this version.',
    safe: 'The file is as it was before, and a copy was made first.',
  },
  CONFIG_SYNTAX: config,
  CONFIG_VALUE: config,
};

const other: Words = {
  title: 'Backroom cannot open its data.',
  safe: 'What was saved is not touched, and Square keeps every sale.',
};

/** Whether an answer means that nothing is open, and not that one question failed. */
export function isShut(error: Pick<ApiError, 'code'>): boolean {
  return /^(STORE|CONFIG|DEMO)_/.test(error.code) && error.code !== 'STORE_TOO_SLOW';
}

/** What happened in a few words, and what is safe. */
export function troubleTitle(error: Pick<ApiError, 'code'>): Words {
  return byCode[error.code] ?? other;
}

/** What is the matter with local storage, as a sentence for the banner. */
export function storageTitle(error: Pick<ApiError, 'code' | 'message'>): string {
  const known = byCode[error.code];
  if (known) return known.title;
  const words = error.message.replace(/^Local storage: /, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
