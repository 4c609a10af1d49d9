import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { connect, prefetch } from './lib/ipc/index.svelte';
import { guarded } from './lib/people/people.svelte';
import { choosePlatform } from './lib/platform';
import { route, startRouter } from './lib/state/router.svelte';
import { startTheme } from './lib/state/theme.svelte';

startTheme();
const target = document.getElementById('app');
if (target) {
  connect(guarded(await choosePlatform()));
  startRouter();
  prefetch('app_state', null);
  prefetch('people', null);
  if (route.view === 'today') prefetch('today', { location: null });
  mount(App, { target });
}
