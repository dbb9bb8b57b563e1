import { type Recipe, recipes } from './recipes.ts';
import { isTable } from './table-options.ts';
import type { GivenArguments, TrainArguments } from './train-arguments.ts';
import { trainDefaults } from './train-options.ts';

/**
 * Options that depend on another one. If a flag changes that one, the recipe's value no longer fits and is dropped: a
 * learning rate that was chosen for Adam, say, when SGD is asked for.
 */
const leaders: { readonly [option in keyof Recipe]: keyof Recipe } = {
  dropout: 'model',
  'learning-rate': 'optimizer',
  momentum: 'optimizer',
  nesterov: 'optimizer',
  warmup: 'schedule',
};

/**
 * The values of all options: given flags override the recipe of the preset, and the recipe overrides the defaults. The
 * default preset of a table is `table`.
 */
export function withRecipe(options: GivenArguments): TrainArguments {
  const given = isTable(options.data) ? { ...options, preset: options.preset ?? 'table' } : options;
  const recipe = recipeOf(given);
  const flags: Partial<TrainArguments> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const planned: Recipe = { ...trainDefaults, ...recipe };
  const applies = (option: string): boolean => {
    const leader = leaders[option as keyof Recipe];
    return leader === undefined || flags[leader] === undefined || flags[leader] === planned[leader];
  };
  const applied: Recipe = Object.fromEntries(Object.entries(recipe).filter(([option]) => applies(option)));
  return { ...trainDefaults, ...applied, ...flags } as TrainArguments;
}

/** The values of all options: those that were given, and the defaults of the others. */
export function withDefaults(given: GivenArguments): TrainArguments {
  return { ...trainDefaults, ...given } as TrainArguments;
}

/** Lines that show the recipe of a preset as flags, and those of them that given flags override. */
export function describePreset(args: TrainArguments): string[] {
  if (args.preset === undefined) return [];
  const recipe = Object.entries(recipeOf(args));
  const replaced = recipe.filter(([option, value]) => args[option as keyof Recipe] !== value);
  return [
    `preset  ${args.preset}: ${asFlags(recipe)}`,
    ...(replaced.length > 0 ? [`        without ${asFlags(replaced)}: your flags override them`] : []),
  ];
}

export function recipeOf({ preset }: Pick<GivenArguments, 'preset'>): Recipe {
  return preset === undefined ? {} : recipes[preset]!;
}

/** As they would be written on the command line: `--epochs 5 --no-flip`. */
export function asFlags(values: readonly [string, unknown][]): string {
  return flagWords(values).join(' ');
}

/** The same as words of a command line. */
export function flagWords(values: readonly [string, unknown][]): string[] {
  return values.flatMap(([option, value]) =>
    typeof value === 'boolean' ? [`--${value ? '' : 'no-'}${option}`] : [`--${option}`, String(value)],
  );
}
