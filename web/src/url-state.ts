/** The state of the page in its address, so that a link shows the same. */
import type { Configuration, Settings } from '../../src/session.ts';
import type { LayerDescription } from '../../src/layers/layer.ts';

export interface PageState {
  /** A preset by its name. */
  readonly network: string;
  /** Layers of one's own, in its place. */
  readonly layers: readonly LayerDescription[] | null;
  readonly seed: number;
  readonly engine: NonNullable<Configuration['engine']>;
  /** Steps in a second; null for as many as possible. */
  readonly speed: number | null;
  /** Those that are not the usual ones. */
  readonly settings: Partial<Settings>;
  /** Parts of the page that a lesson does not show. */
  readonly hidden: readonly string[];
}

const version = '1';
export const defaultState: PageState = {
  network: 'mlp',
  layers: null,
  seed: 1,
  engine: 'auto',
  speed: null,
  settings: {},
  hidden: [],
};

const numbers = [
  'learningRate',
  'batchSize',
  'momentum',
  'weightDecay',
  'l2',
  'labelSmoothing',
  'dropout',
] as const;

/** What an address says; what it does not say, or says wrongly, is as usual. */
export function readState(hash: string): PageState {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  if (given.get('v') !== version) return defaultState;
  const settings: Record<string, unknown> = {};
  for (const name of numbers) {
    const value = Number(given.get(name) ?? NaN);
    if (Number.isFinite(value)) settings[name] = value;
  }
  const optimizer = given.get('optimizer');
  if (optimizer === 'adam' || optimizer === 'sgd') settings['optimizer'] = optimizer;
  const augment = parsed(given.get('augment'));
  if (typeof augment === 'object' && augment !== null) settings['augment'] = augment;
  const layers = parsed(given.get('layers'));
  const seed = Number(given.get('seed') ?? 1);
  const speed = Number(given.get('speed') ?? NaN);
  const engine = given.get('engine') as PageState['engine'];
  return {
    network: given.get('network') ?? defaultState.network,
    layers: Array.isArray(layers) ? (layers as LayerDescription[]) : null,
    seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : 1,
    engine: ['auto', 'wasm', 'gpu', 'reference'].includes(engine) ? engine : 'auto',
    speed: speed > 0 ? speed : null,
    settings: settings,
    hidden: (given.get('hide') ?? '').split(',').filter((part) => part !== ''),
  };
}

export function writeState({ network, layers, seed, engine, speed, settings, hidden }: PageState): string {
  const values = new URLSearchParams({ v: version });
  if (layers) values.set('layers', JSON.stringify(layers));
  else if (network !== defaultState.network) values.set('network', network);
  if (seed !== 1) values.set('seed', String(seed));
  if (engine !== 'auto') values.set('engine', engine);
  if (speed !== null) values.set('speed', String(speed));
  if (hidden.length > 0) values.set('hide', hidden.join(','));
  for (const [name, value] of Object.entries(settings)) {
    if (value === null || value === undefined) continue;
    values.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return `#${values.toString()}`;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
