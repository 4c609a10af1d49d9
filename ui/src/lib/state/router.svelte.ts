/** The screens of the navigation, in the order of their keys. */
export const views = [
  'today',
  'sales',
  'products',
  'sync',
  'connections',
  'settings',
  'age',
  'members',
  'raffles',
] as const;
/** Setting a shop up is a screen without a key. */
export type View = (typeof views)[number] | 'setup';

export interface Route {
  view: View;
  params: URLSearchParams;
}

/** Reads `#/sales?from=2026-11-01`; anything unknown is Today. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const view = path === 'setup' ? path : (views.find((known) => known === path) ?? 'today');
  return { view, params: new URLSearchParams(search) };
}

/** The address of a screen. */
export function hrefOf(view: View, params: Record<string, string> = {}): string {
  const search = new URLSearchParams(params).toString();
  return `#/${view}${search ? `?${search}` : ''}`;
}

let current = $state.raw<Route>(parseRoute(''));

export const route = {
  get view(): View {
    return current.view;
  },
  get params(): URLSearchParams {
    return current.params;
  },
};

/** Opens a screen. `replace` leaves no step to go back to. */
export function go(view: View, params: Record<string, string> = {}, replace = false): void {
  const href = hrefOf(view, params);
  if (replace) {
    history.replaceState(null, '', href);
    current = parseRoute(href);
  } else {
    location.hash = href;
  }
}

/** Follows the address bar. Called once, after the token was taken out of it. */
export function startRouter(): void {
  current = parseRoute(location.hash);
  window.addEventListener('hashchange', () => {
    current = parseRoute(location.hash);
    // A new screen begins at its top; `go(…, replace)` leaves the place as it is.
    document.getElementById('content')?.scrollTo(0, 0);
  });
}
