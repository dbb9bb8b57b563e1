import { render } from 'preact';
import { App } from './app.tsx';
import { keepOffline } from './offline.ts';
import { begin } from './store.ts';

const app = document.querySelector('#app')!;
app.replaceChildren();
render(<App />, app);
void begin();
void keepOffline();
