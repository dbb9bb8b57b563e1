/** The data set in shards, for the page: served while it is developed, written when it is built. */
import type { Plugin } from 'vite';
import { encodeShards, fashionMnist } from '../../src/node.ts';

/** A plugin of Vite that has the shards below `data/`. */
export function dataShards(): Plugin {
  let files: ReturnType<typeof encodeShards> | undefined;
  const shards = (): ReturnType<typeof encodeShards> => (files ??= encodeShards(fashionMnist()));
  return {
    name: 'data in shards',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = /^\/data\/([^/?]+)/.exec(request.url ?? '')?.[1];
        if (name === undefined) return next();
        void shards().then((all) => {
          const content = all.get(name);
          response.statusCode = content ? 200 : 404;
          response.setHeader(
            'content-type',
            name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
          );
          response.end(content);
        }, next);
      });
    },
    async generateBundle() {
      for (const [name, source] of await shards())
        this.emitFile({ type: 'asset', fileName: `data/${name}`, source });
    },
  };
}
