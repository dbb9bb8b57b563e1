/**
 * The page.
 *
 *     npm run web                    builds it, serves it on this machine, and opens it
 *     npm run web -- --build         builds it: web/dist is a static folder for any host
 *     npm run web -- --dev           serves its sources, for who changes them
 *     npm run web -- --port 8080     on a port of your own
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, createServer, preview } from 'vite';

const configFile = join(import.meta.dirname, '../web/vite.config.ts');

function given(): { readonly build: boolean; readonly dev: boolean; readonly port: number } {
  const options = {
    build: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
  } as const;
  const { values } = parseArgs({ options });
  const port = Number(values.port);
  if (!(Number.isSafeInteger(port) && port >= 0 && port < 65_536)) {
    throw new Error(`--port: expected a number from 0 to 65535, got "${values.port}"`);
  }
  return { ...values, port };
}

try {
  const { build: isBuild, dev, port } = given();
  const open = process.stdout.isTTY;
  if (dev) {
    const server = await createServer({ configFile, server: { port, open } });
    await server.listen();
    server.printUrls();
  } else {
    await build({ configFile, logLevel: 'warn' });
    if (isBuild)
      console.log('written to web/dist: a static folder, which any host can serve, below any path');
    else {
      const server = await preview({ configFile, preview: { port, open } });
      server.printUrls();
    }
  }
} catch (error) {
  console.error(`web: ${(error as Error).message.split('\n')[0]}`);
  process.exitCode = 2;
}
