export type Theme = 'system' | 'light' | 'dark';

const KEY = 'backroom.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

let choice = $state<Theme>(stored());

function apply(): void {
  document.documentElement.dataset['theme'] = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
}

export const theme = {
  get choice(): Theme {
    return choice;
  },
  set choice(value: Theme) {
    choice = value;
    localStorage.setItem(KEY, value);
    apply();
  },
};

/** Sets the colours before the first paint and follows the system from then on. */
export function startTheme(): void {
  apply();
  dark.addEventListener('change', apply);
}
