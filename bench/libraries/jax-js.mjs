/** jax-js in Node. Its threads need the browser's Worker, which Node does not have, so it runs on one thread. */
import { jaxLibrary, startJax } from './jax-js-library.mjs';
import { serveLibrary, versionOf } from './protocol.ts';

await serveLibrary({
  async start() {
    await startJax();
    return { version: `jax-js ${versionOf('@jax-js/jax')}` };
  },
  ...jaxLibrary,
});
