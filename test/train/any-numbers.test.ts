/** `fit`, `evaluate` and `predict` on numbers of any kind: tables, curves, yes and no. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adam,
  binaryCrossEntropy,
  dense,
  evaluate,
  fit,
  flatten,
  huber,
  meanSquaredError,
  predict,
  relu,
  RandomStream,
  sequential,
  type Sequential,
  sgd,
  standardize,
  tanh,
  Tensor,
  type TrainingData,
  unstandardize,
} from '../../src/index.ts';
import { assertClose } from '../helpers/close.ts';
import { assertRejects } from '../helpers/assert-rejects.ts';

const engines = ['reference', 'wasm'] as const;
const random = new RandomStream(3, 'test');

/** y = 2·a − 3·b + 1, without noise. */
const plane = Array.from({ length: 40 }, (_, i) => [random.uniform(2 * i), random.uniform(2 * i + 1)]);
const heights = plane.map(([a, b]) => 2 * a! - 3 * b! + 1);

for (const engine of engines) {
  test(`a line is found by squared errors, on ${engine}`, async () => {
    const model = sequential([dense(1)], { inputShape: [2], seed: 1 });
    const history = await fit(
      model,
      { x: plane, y: heights },
      { loss: 'mse', epochs: 200, batchSize: 8, optimizer: sgd(), learningRate: 0.2, engine },
    );
    const [kernel, bias] = model.parameters.map(({ value }) => [...value.values]);
    assertClose([...kernel!, ...bias!], [2, -3, 1], { rtol: 1e-4, atol: 1e-4 });
    const last = history.at(-1)!;
    assert.ok(Number.isNaN(last.accuracy) && Number.isNaN(last.validation!.accuracy));
    assert.ok(last.meanAbsoluteError < 1e-3 && last.validation!.meanAbsoluteError < 1e-3);

    const { loss, meanAbsoluteError, r2, accuracy, predicted, probabilities } = await evaluate(
      model,
      { x: plane, y: heights },
      { engine },
    );
    assert.ok(loss < 1e-6 && meanAbsoluteError < 1e-3 && r2 > 0.9999 && Number.isNaN(accuracy));
    assert.is(probabilities.length, 0);
    assertClose(predicted, heights, { rtol: 1e-3, atol: 1e-3 });
    const one = await predict(model, [[1, 1]], { engine });
    assertClose(one.predicted, [0], { rtol: 0, atol: 1e-3 });
  });

  test(`XOR is learned as yes and no, on ${engine}`, async () => {
    const x = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const y = [0, 1, 1, 0];
    const model = sequential([dense(8), tanh(), dense(1)], { inputShape: [2], seed: 1 });
    const options = {
      loss: 'binaryCrossEntropy',
      epochs: 300,
      learningRate: 0.05,
      validationSplit: 0,
      engine,
    } as const;
    await fit(model, { x, y }, options);
    const { accuracy, predicted, probabilities } = await evaluate(model, { x, y }, { engine });
    assert.is(accuracy, 1);
    assert.equal([...predicted], y);
    for (const [i, p] of probabilities.entries()) assert.ok(Math.abs(p - y[i]!) < 0.1, `${p}`);
  });
}

test('one training step by hand: each loss moves the only weight as its derivative says', async () => {
  // the network is y = w·x with w = 0 and no other way to be right; x = 2, t = 3, so that p − t = −3; lr 0.1
  const expected = {
    mse: 0.1 * 2 * 3 * 2,
    mae: 0.1 * 1 * 2,
    huber: 0.1 * 1 * 2, // δ = 1
  };
  for (const [loss, weight] of Object.entries(expected)) {
    const model = sequential([dense(1)], { inputShape: [1] });
    model.parameters[0]!.value.values[0] = 0;
    const [epoch] = await fit(
      model,
      { x: [[2]], y: [3] },
      {
        loss: loss as keyof typeof expected,
        optimizer: sgd({ momentum: 0 }),
        learningRate: 0.1,
        epochs: 1,
        validationSplit: 0,
        engine: 'reference',
      },
    );
    assertClose(model.parameters[0]!.value.values, [weight], { rtol: 1e-6, atol: 0 }, loss);
    assertClose([epoch!.loss], [{ mse: 9, mae: 3, huber: 2.5 }[loss]!], { rtol: 1e-6, atol: 0 }, loss);
    assert.is(epoch!.meanAbsoluteError, 3);
  }
});

test('every form of the same numbers gives the same weights', async () => {
  const rows = [
    [0.5, -1],
    [2, 0.25],
    [1, 1],
  ];
  const flat = rows.flat();
  const labels = [0, 2, 1];
  const xs: TrainingData['x'][] = [
    rows,
    rows.map((row) => Float32Array.from(row)),
    Float32Array.from(flat),
    Float64Array.from(flat),
    { values: flat, shape: [3, 2] },
    { values: Float64Array.from(flat), shape: [3, 2] },
    Tensor.from('float32', [3, 2], Float32Array.from(flat)),
  ];
  const ys: TrainingData['y'][] = [
    labels,
    Uint8Array.from(labels),
    Int32Array.from(labels),
    Tensor.from('int32', [3], Int32Array.from(labels)),
    Tensor.from('uint8', [3], Uint8Array.from(labels)),
    labels.map((label) => [label]),
    labels.map((label) => [0, 1, 2].map((column) => (column === label ? 1 : 0))),
    ['a', 'c', 'b'],
  ];
  const weightsAfter = async (data: TrainingData): Promise<number[]> => {
    const model = sequential([dense(3)], { inputShape: [2], seed: 2 });
    await fit(model, data, { epochs: 2, validationSplit: 0, engine: 'reference' });
    return model.parameters.flatMap(({ value }) => [...value.values]);
  };
  const expected = await weightsAfter({ x: xs[0]!, y: ys[0]! });
  for (const x of xs) assert.equal(await weightsAfter({ x, y: labels }), expected);
  for (const y of ys) assert.equal(await weightsAfter({ x: rows, y }), expected);
});

test('bytes stay bytes, of any shape, and count as numbers from 0 to 1', async () => {
  for (const shape of [[3], [3, 1], [1, 3, 1]]) {
    const bytes = Tensor.from('uint8', [2, ...shape], Uint8Array.of(0, 51, 255, 255, 0, 102), 'bytes');
    const floats = Float32Array.from(bytes.values, (byte) => byte / 255);
    const model = sequential([flatten(), dense(2)], { inputShape: shape, seed: 1 });
    await fit(model, { x: bytes, y: [0, 1] }, { epochs: 1, validationSplit: 0 });
    const [a, b] = [await predict(model, bytes), await predict(model, floats)];
    assertClose(a.probabilities, b.probabilities, { rtol: 1e-6, atol: 1e-7 });
  }
});

test('names of classes are remembered: sorted, and the same in evaluation', async () => {
  const model = sequential([dense(2)], { inputShape: [1], seed: 1 });
  const data = { x: [[-1], [1], [-2], [2]], y: ['low', 'high', 'low', 'high'] };
  await fit(model, data, { epochs: 100, learningRate: 0.1, validationSplit: 0 });
  assert.equal(model.classNames, ['high', 'low']);
  const { accuracy, predicted } = await evaluate(model, { x: [[-3], [3]], y: ['low', 'high'] });
  assert.is(accuracy, 1);
  assert.equal(
    [...predicted].map((index) => model.classNames![index]),
    ['low', 'high'],
  );
  await assertRejects(
    evaluate(model, { x: [[1]], y: ['medium'] }),
    /^evaluate: y\[0\]: "medium" is none of the classes high, low$/,
  );
});

test('several outputs: yes and no for each, and R² is the mean of theirs', async () => {
  const x = [[0], [1], [2], [3]];
  const y = [
    [0, 1],
    [0, 1],
    [1, 0],
    [1, 0],
  ];
  const model = sequential([dense(2)], { inputShape: [1], seed: 1 });
  await fit(
    model,
    { x, y },
    { loss: binaryCrossEntropy(), epochs: 400, learningRate: 0.1, validationSplit: 0 },
  );
  const { predicted, accuracy } = await evaluate(model, { x, y });
  assert.equal([[...predicted], accuracy], [y.flat(), 1]);

  // a network whose outputs are always the means predicts nothing: R² = 0
  const constant = sequential([dense(2)], { inputShape: [1] });
  const [kernel, bias] = constant.parameters.map(({ value }) => value.values);
  kernel!.fill(0);
  bias!.set([1.5, 5]);
  const numbers = [
    [0, 2],
    [1, 4],
    [2, 6],
    [3, 8],
  ];
  const flat = await evaluate(constant, { x, y: numbers }, { loss: meanSquaredError() });
  assertClose([flat.r2, flat.loss, flat.meanAbsoluteError], [0, (1.25 + 5) / 2, 1.5], {
    rtol: 1e-6,
    atol: 1e-6,
  });
});

test('standardize: mean and deviation of the training part alone, by hand; a constant feature stays 0', async () => {
  const x = [
    [1, 7, 1000],
    [3, 7, 3000],
    [5, 7, 5000],
    [1e6, 1e6, 1e6], // for validation
  ];
  for (const engine of engines) {
    const model = sequential([standardize(), dense(1)], { inputShape: [3], seed: 1 });
    const options = { loss: 'mse', epochs: 1, validationSplit: 0.25, engine } as const;
    await fit(model, { x, y: [0, 0, 0, 0] }, options);
    const [mean, variance, count] = model.state.map(({ values }) => [...values]);
    assertClose(mean!, [3, 7, 3000], { rtol: 1e-6, atol: 0 });
    assertClose(variance!, [8 / 3, 1, 8e6 / 3], { rtol: 1e-6, atol: 0 });
    assert.equal(count, [3]);
    // training again, on other data, keeps them: the weights were trained with them
    await fit(model, { x: x.toReversed(), y: [0, 0, 0, 0] }, options);
    assertClose(model.state[0]!.values, [3, 7, 3000], { rtol: 1e-6, atol: 0 });
  }
});

test('prices of about 200,000 are learned with standardize and unstandardize, and hardly without', async () => {
  const x = plane.map(([a, b]) => [1000 * a!, b! / 1000]);
  const y = heights.map((height) => 200_000 + 50_000 * height);
  const options = { epochs: 60, batchSize: 8, learningRate: 0.02 };
  const r2Of = async (model: Sequential): Promise<number> => {
    await fit(model, { x, y }, { loss: huber({ delta: 20_000 }), ...options });
    return (await evaluate(model, { x, y })).r2;
  };
  const inner = (): Parameters<typeof sequential>[0] => [dense(8), relu(), dense(1)];
  const withBoth = sequential([standardize(), ...inner(), unstandardize()], { inputShape: [2], seed: 1 });
  assert.ok((await r2Of(withBoth)) > 0.98);
  assert.ok((await r2Of(sequential(inner(), { inputShape: [2], seed: 1 }))) < 0.2);
});

const two = (): Sequential => sequential([dense(2)], { inputShape: [3] });
const one = (): Sequential => sequential([dense(1)], { inputShape: [3] });
const x2 = [
  [1, 2, 3],
  [4, 5, 6],
];

/** What code without types may pass, and what the one line says. */
const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    'images, labels',
    () => fit(two(), Tensor.zeros('uint8', [2, 3]) as never, Tensor.zeros('uint8', [2]) as never),
    /^fit: expected the data as \{ x, y \}, got a tensor|^fit: unknown option/,
  ],
  ['no y', () => fit(two(), { x: x2 } as never), /^fit: y is missing/],
  [
    'a ragged list',
    () =>
      fit(two(), {
        x: [
          [1, 2, 3],
          [4, 5],
        ],
        y: [0, 1],
      }),
    /^fit: x\[1\]: expected a list of 3 like the first, got 2$/,
  ],
  [
    'text among numbers',
    () =>
      fit(two(), {
        x: [
          [1, 2, 3],
          [4, '5', 6],
        ],
        y: [0, 1],
      } as never),
    /^fit: x\[1\]\[1\]: expected a number, got "5"$/,
  ],
  [
    'NaN',
    () =>
      fit(two(), {
        x: [
          [1, 2, 3],
          [4, NaN, 6],
        ],
        y: [0, 1],
      }),
    /^fit: x: example 1 has NaN: all numbers must be finite$/,
  ],
  [
    'too large',
    () =>
      fit(two(), {
        x: [
          [1, 2, 1e39],
          [1, 2, 3],
        ],
        y: [0, 1],
      }),
    /^fit: x: example 0 has 1e\+39, too large for float32/,
  ],
  [
    'another shape',
    () =>
      fit(two(), {
        x: [
          [1, 2],
          [3, 4],
        ],
        y: [0, 1],
      }),
    /^fit: x is \[2, 2\], each example \[2\]; the network takes \[3\]$/,
  ],
  [
    'one example',
    () => predict(two(), [1, 2, 3]),
    /^predict: x is \[3\], each example \[\]; the network takes \[3\]; for one example, give a list of one: \[x\]$/,
  ],
  [
    'a part of an example',
    () => predict(two(), Float32Array.of(1, 2)),
    /^predict: x: 2 numbers are no whole examples of \[3\]/,
  ],
  [
    'int32',
    () => predict(two(), Tensor.zeros('int32', [2, 3])),
    /^predict: x: expected float32 or uint8, got an int32 tensor$/,
  ],
  [
    'nothing',
    () => predict(two(), undefined as never),
    /^predict: x: expected a tensor, a typed array, lists of numbers or \{ values, shape \}, got nothing$/,
  ],
  ['empty', () => fit(two(), { x: [], y: [] }), /^fit: x is empty: it has no examples$/],
  ['fewer targets', () => fit(two(), { x: x2, y: [0] }), /^fit: y: there are 2 examples in x, 1 in y$/],
  [
    'no class index',
    () => fit(two(), { x: x2, y: [0, 0.5] }),
    /^fit: y: example 1 is 0\.5, which is no class index; for numbers, give a loss such as "mse"$/,
  ],
  [
    'a class too many',
    () => fit(two(), { x: x2, y: [0, 2] }),
    /^fit: y: example 1 is class 2, the network has 2 classes, from 0$/,
  ],
  [
    'no one-hot row',
    () =>
      fit(two(), {
        x: x2,
        y: [
          [0, 1],
          [1, 1],
        ],
      }),
    /^fit: y: example 1 is no one-hot row/,
  ],
  [
    'one output, classes',
    () => fit(one(), { x: x2, y: [0, 1] }),
    /^fit: y: a network with one output has no classes to choose from; give loss: "binaryCrossEntropy"/,
  ],
  [
    'no yes',
    () => fit(one(), { x: x2, y: [0, 7] }, { loss: 'binaryCrossEntropy' }),
    /^fit: y: example 1 is 7; binaryCrossEntropy wants numbers from 0 \(no\) to 1 \(yes\)$/,
  ],
  [
    'another output',
    () =>
      fit(
        one(),
        {
          x: x2,
          y: [
            [1, 2],
            [3, 4],
          ],
        },
        { loss: 'mse' },
      ),
    /^fit: y: each target is \[2\], the network gives \[1\]$/,
  ],
  [
    'names for numbers',
    () => fit(one(), { x: x2, y: ['a', 'b'] }, { loss: 'mse' }),
    /^fit: y: mse wants numbers, got names$/,
  ],
  [
    'three names for two',
    () => fit(two(), { x: [...x2, [1, 1, 1]], y: ['a', 'b', 'c'] }),
    /^fit: y has 3 different names, the network has 2 classes$/,
  ],
  [
    'a name of an optimizer',
    () => fit(two(), { x: x2, y: [0, 1] }, { optimizer: 'adam' } as never),
    /^fit: optimizer must be an optimizer such as adam\(\), got "adam"$/,
  ],
  [
    'a misspelt option',
    () => fit(two(), { x: x2, y: [0, 1] }, { epoch: 3 } as never),
    /^fit: unknown option epoch; did you mean epochs\? its options are epochs, until, batchSize/,
  ],
  [
    'a number for the options of an optimizer',
    () => adam(0.01 as never),
    /^adam: options: expected an object such as \{\}, got 0\.01; the learning rate is an option of fit: /,
  ],
  [
    'a misspelt option of an optimizer',
    () => adam({ beta_1: 0.8 } as never),
    /^adam: unknown option beta_1; did you mean beta1\? its options are beta1, beta2, epsilon, weightDecay$/,
  ],
  [
    'a misspelt loss',
    () => fit(two(), { x: x2, y: [0, 1] }, { loss: 'msee' } as never),
    /^fit: loss: expected a loss, got "msee"; did you mean mse\? the losses are softmaxCrossEntropy, /,
  ],
  [
    'text for a number',
    () => fit(two(), { x: x2, y: [0, 1] }, { epochs: '3' } as never),
    /^fit: epochs must be a positive integer, got "3"$/,
  ],
  [
    'smoothing of numbers',
    () => fit(one(), { x: x2, y: [0, 1] }, { loss: 'mse', labelSmoothing: 0.1 }),
    /^mse: labelSmoothing is for softmaxCrossEntropy$/,
  ],
  [
    'all for validation',
    () => fit(two(), { x: x2, y: [0, 1] }, { validationSplit: 0.9 }),
    /^fit: all examples are for validation; lower validationSplit$/,
  ],
  [
    'no network',
    () => fit([dense(2)] as never, { x: x2, y: [0, 1] }),
    /^fit: model: expected a network, as sequential\(\) makes it, got/,
  ],
  ['no input shape', () => sequential([dense(2)], undefined as never), /^sequential: inputShape is missing/],
  [
    'a layer not called',
    () => sequential([relu] as never, { inputShape: [3] }),
    /^sequential: layers\[0\]: expected a layer such as dense\(10\), got a function; call it: relu\(\)$/,
  ],
  [
    'a misspelt option of a layer',
    () => dense(2, { initialiser: () => {} } as never),
    /^dense: unknown option initialiser; did you mean initializer\? its options are units, initializer$/,
  ],
  [
    'standardize in the middle',
    () => sequential([dense(2), standardize()], { inputShape: [3] }),
    /^standardize_1 must be the first layer of the network; it is number 2 of 2$/,
  ],
  [
    'unstandardized classes',
    () => fit(sequential([dense(2), unstandardize()], { inputShape: [3] }), { x: x2, y: [0, 1] }),
    /unstandardize\(\) is for networks that predict numbers, not classes$/,
  ],
  ['augmented features', () => fit(two(), { x: x2, y: [0, 1] }, { augment: { flip: true } }), /^augment: /],
];

for (const [what, action, message] of refused) {
  test(`refused in one line: ${what}`, async () => {
    const error = await Promise.resolve()
      .then(action)
      .then(
        () => new Error('it was not refused'),
        (error: unknown) => error as Error,
      );
    assert.match(error.message, message);
    assert.not.match(error.message, /\n/);
  });
}

test('an optimizer that was used for one network works for another', async () => {
  const optimizer = adam();
  for (const units of [2, 3]) {
    const model = sequential([dense(units)], { inputShape: [3], seed: 1 });
    await fit(model, { x: x2, y: [0, 1] }, { optimizer, epochs: 1, validationSplit: 0 });
  }
});

test.run();
