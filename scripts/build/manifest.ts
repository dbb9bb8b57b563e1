import { includedPackages } from './library.ts';

/** The parts of package.json that the package of the library takes over. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Packages that are part of the library's own package: gpu-js.ts, fonts.ts and library.ts say why. */
const included = new Set(['gpu.js', 'dejavu-fonts-ttf', ...includedPackages]);

/** What weft looks for beside itself; each is installed by who wants it. Some package managers show it only what it names. */
const foundIfInstalled = { gl: '^8.1.6', 'weft-fashion-mnist': '^1.0.0' };
/** What only sweeps over many machines need; a clone has them. */
const ofQueues = new Set(['bullmq', 'ioredis']);

/**
 * The package.json of the library, from that of the repository. It has no script, no development and no pinned Node, and
 * leaves each dependency its fixes.
 */
export function publishedManifest(manifest: Manifest): object {
  const { name, version, description, keywords, license, type, engines } = manifest;
  const needed = Object.entries(manifest.dependencies).filter(([dependency]) => !included.has(dependency));
  const dependencies = needed.filter(([dependency]) => !ofQueues.has(dependency));
  const forQueues = needed
    .filter(([dependency]) => ofQueues.has(dependency))
    .map(([dependency, pinned]) => [dependency, `^${pinned}`] as const);
  const peerDependencies = {
    ...manifest.peerDependencies,
    ...foundIfInstalled,
    ...Object.fromEntries(forQueues),
  };
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    engines,
    bin: { weft: 'weft.js' },
    exports: {
      '.': { types: './types/index.d.ts', default: './index.js' },
      './session': { types: './types/session.d.ts', default: './session.js' },
      './node': { types: './types/node.d.ts', default: './node.js' },
      './package.json': './package.json',
    },
    imports: { '#fonts/*': './fonts/*' },
    // the files of workers do their work when they are loaded
    sideEffects: ['./page-worker.js', './session-worker.js'],
    dependencies: Object.fromEntries(dependencies.map(([dependency, pinned]) => [dependency, `^${pinned}`])),
    peerDependencies,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(peerDependencies).map((peer) => [peer, { optional: true }]),
    ),
  };
}
