import { type Recipe, recipes } from './recipes.ts';
import { type GivenArguments, type TrainArguments, trainDefaults } from './train-options.ts';

/** Options that mean little without another: where that one changes, a recipe's value for them is dropped. */
const leaders: { readonly [option in keyof Recipe]: keyof Recipe } = {
  dropout: 'model',
  'learning-rate': 'optimizer',
  momentum: 'optimizer',
  nesterov: 'optimizer',
  warmup: 'schedule',
};

/** All options of a run. Flags that were given win over the recipe of the preset, and this over the defaults. */
export function withRecipe(given: GivenArguments): TrainArguments {
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

/** The given options, and the defaults of all others. */
export function withDefaults(given: GivenArguments): TrainArguments {
  return { ...trainDefaults, ...given } as TrainArguments;
}

/** What a preset stands for, as flags, and which of these are not in force; nothing without a preset. */
export function describePreset(args: TrainArguments): string[] {
  if (args.preset === undefined) return [];
  const recipe = Object.entries(recipeOf(args));
  const replaced = recipe.filter(([option, value]) => args[option as keyof Recipe] !== value);
  return [
    `preset  ${args.preset}: ${asFlags(recipe)}`,
    ...(replaced.length > 0 ? [`        without ${asFlags(replaced)}: the flags that were given win`] : []),
  ];
}

export function recipeOf({ preset }: Pick<GivenArguments, 'preset'>): Recipe {
  return preset === undefined ? {} : recipes[preset]!;
}

function asFlags(values: readonly [string, unknown][]): string {
  return values
    .map(([option, value]) =>
      typeof value === 'boolean' ? `--${value ? '' : 'no-'}${option}` : `--${option} ${String(value)}`,
    )
    .join(' ');
}
