import { type Command, defineCommand } from '../../framework/command.ts';
import { trainOptions, withoutDefault } from '../../options/train-options.ts';

const options = Object.fromEntries(
  Object.entries(trainOptions).map(([name, option]) => [name, withoutDefault(option)]),
);

export const trainCommand: Command = defineCommand({
  command: 'train',
  describe: 'Train a network and write its weights, history and metrics to a folder',
  options,
  examples: [
    ['npm run train', 'the MLP on Fashion-MNIST, 20 epochs'],
    ['npm run train -- --preset fast', 'a network with its own recipe'],
    ['npm run train -- --model cnn --epochs 3', 'the convolutional network, a minute or two'],
    ['npm run train -- --model examples/models/small-cnn.json', 'a network of your own'],
    ['npm run train -- --epochs 5 --dropout 0.2', 'a shorter run with dropout'],
    ['npm run train -- --optimizer sgd --momentum 0.9', 'another optimizer'],
    ['npm run train -- --model cnn --flip --shift 2 --erase 0.3', 'augmented images'],
    ['npm run train -- --epochs 100 --early-stopping 5', 'until the validation loss stops falling'],
    ['npm run train -- --resume runs/digits --epochs 40', 'continue a run, up to 40 epochs in all'],
    ['npm run train -- --config my.json --seed 2', 'options from a file; flags override them'],
    ['npm run train -- --limit 2000 --epochs 1', 'a quick look, a few seconds'],
    ['npm run train -- --data ~/mnist --out runs/digits', 'other data, your own folder'],
    ['npm run train -- --data houses.csv --target price', 'a table: each row is an example'],
    ['npm run train -- --data ~/flowers --image-size 64 --model cnn', 'a folder of pictures for each class'],
  ],
  run: async (given) => {
    const { train } = await import('./train.ts');
    await train(given);
  },
});
