/**
 * Serves a page that trains, without a bundler. The page is `examples/page/index.html`: ten lines of script on the files of the
 * built package. This is its server: it sends the two headers that isolate a page from others, so that the engine has threads,
 * and Fashion-MNIST in pieces, so that the page can begin before all of it is there.
 *
 *     npm run build
 *     npm run example -- page        with a port of your own: npm run example -- page 8080
 *
 * A project that has installed the package gives its folder as well: page 8080 node_modules/weft-nn
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { encodeShards, fashionMnist } from '../src/node.ts';

const [port = '0', weft = join(import.meta.dirname, '../dist')] = process.argv.slice(2);
const page = join(import.meta.dirname, 'page');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

if (!existsSync(join(weft, 'session.js'))) {
  console.error(`page: ${weft} is not the package: npm run build`);
  process.exit(1);
}

let shards: ReturnType<typeof encodeShards> | undefined;

/** The content for a path; null where there is none. */
async function contentOf(path: string): Promise<Uint8Array | null> {
  const name = path === '/' ? 'index.html' : path.slice(path.lastIndexOf('/') + 1);
  if (path.startsWith('/data/')) {
    shards ??= encodeShards(fashionMnist());
    return (await shards).get(name) ?? null;
  }
  const file = join(path.startsWith('/weft/') ? weft : page, name);
  return existsSync(file) ? readFileSync(file) : null;
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url!, 'http://localhost');
  void contentOf(pathname).then((content) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.setHeader(
      'content-type',
      types[pathname === '/' ? '.html' : extname(pathname)] ?? 'application/octet-stream',
    );
    response.statusCode = content === null ? 404 : 200;
    response.end(content);
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`open http://localhost:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
});
