import { presets } from '../../src/model/presets.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { count, counts, json, namesOf, revectorize, type WordOption, type WordsOption } from './options.ts';

type WithDefault<O, D> = O & { readonly default: D };

/** Options of the commands that measure networks of weft. */
/** Speeds are measured on images. */
const imagePresets = Object.keys(presets).filter((name) => name !== 'table');

export const speedOptions: {
  readonly model: WithDefault<WordsOption<string>, string[]>;
  readonly engine: WithDefault<WordsOption<Engine['name']>, Engine['name'][]>;
  readonly threads: WordsOption<number>;
  readonly revectorize: typeof revectorize;
  readonly rounds: WithDefault<WordOption<number>, number>;
  readonly json: typeof json;
} = {
  model: { ...namesOf('model', imagePresets, 'Presets'), default: ['mlp', 'cnn'] },
  engine: { ...namesOf('engine', ['wasm', 'reference', 'gpu'], 'Engines'), default: ['wasm'] },
  threads: counts('threads', 'Numbers of threads of the wasm engine (default: 1, 2)'),
  revectorize,
  rounds: { ...count('rounds', 'Blocks of batches that each one does'), default: 5 },
  json,
};
