import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { connect } from './lib/ipc/index.svelte';
import { choosePlatform } from './lib/platform';
import { startRouter } from './lib/state/router.svelte';
import { startTheme } from './lib/state/theme.svelte';

startTheme();
const target = document.getElementById('app');
if (target) {
  connect(await choosePlatform());
  startRouter();
  mount(App, { target });
}
