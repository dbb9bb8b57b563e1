import type { Layer, LayerSpec, Mode } from '../../src/layers/layer.ts';
import { tensorsOf } from '../../src/layers/make-tensor.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Recorder } from '../../src/tensor/recorder.ts';
import { EagerOps } from '../../src/tensor/reference/eager.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import { type FloatArray, type FloatType, Tensor } from '../../src/tensor/tensor.ts';
import { assertClose, type Tolerance } from './close.ts';
import { randomTensor } from './random-tensor.ts';

/** Central differences in double precision are good to about h² ≈ 1e-10. */
const step = 1e-5;
const float64Tolerance: Tolerance = { rtol: 1e-6, atol: 1e-8 };
/** Rounding of float32, times a few sums. */
const float32Tolerance: Tolerance = { rtol: 2e-5, atol: 2e-6 };

const training: Mode = { training: true, step: Tensor.from('int32', [1], Int32Array.of(3), 'step') };

/** d f / d values by central differences. */
export function numericGradient(f: () => number, values: FloatArray): Float64Array {
  const gradient = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    values[i] = value + step;
    const above = f();
    values[i] = value - step;
    const below = f();
    values[i] = value;
    gradient[i] = (above - below) / (2 * step);
  }
  return gradient;
}

/** Σ weights · values: a loss whose gradient by the values is `weights`, so that no error can cancel. */
export function project(weights: FloatArray, values: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i]! * values[i]!;
  return sum;
}

/** A layer with parameters that are not zero anywhere: zero biases would hide mistakes. */
function build(spec: LayerSpec, inputShape: Shape, dtype: FloatType): Layer {
  const layer = spec.build({ name: `${spec.type}_1`, inputShape, seed: 7, dtype, tensor: tensorsOf(dtype) });
  for (const { value } of layer.parameters)
    value.values.set(randomTensor(dtype, value.shape, value.name).values);
  return layer;
}

interface Gradients {
  readonly input: ArrayLike<number>;
  readonly parameters: readonly ArrayLike<number>[];
}

/**
 * Checks a layer's backward pass on a batch x [batch, …inputShape] against central differences in double
 * precision, for the input and every parameter: with the reference in float64, or on `engine` in float32.
 * Backward runs twice in a row, so that a layer that adds to a gradient instead of writing it is caught.
 */
export async function checkLayerGradients(
  spec: LayerSpec,
  inputShape: Shape,
  batch: number,
  engine?: Engine,
): Promise<void> {
  const expected = numericGradients(spec, inputShape, batch);
  const actual = engine
    ? await engineGradients(spec, inputShape, batch, engine)
    : eagerGradients(spec, inputShape, batch);
  const tolerance = engine ? float32Tolerance : float64Tolerance;
  assertClose(actual.input, expected.input, tolerance, `${spec.type}: dx`);
  for (const [index, gradient] of actual.parameters.entries()) {
    assertClose(
      gradient,
      expected.parameters[index]!,
      tolerance,
      `${spec.type}: gradient of parameter ${index}`,
    );
  }
}

function numericGradients(spec: LayerSpec, inputShape: Shape, batch: number): Gradients {
  const layer = build(spec, inputShape, 'float64');
  const x = randomTensor('float64', [batch, ...inputShape], 'x');
  const dy = randomTensor('float64', [batch, ...layer.outputShape], 'dy');
  const loss = (): number => project(dy.values, layer.forward(new EagerOps(), x, training).values);
  return {
    input: numericGradient(loss, x.values),
    parameters: layer.parameters.map(({ value }) => numericGradient(loss, value.values)),
  };
}

function eagerGradients(spec: LayerSpec, inputShape: Shape, batch: number): Gradients {
  const layer = build(spec, inputShape, 'float64');
  const ops = new EagerOps();
  layer.forward(ops, randomTensor('float64', [batch, ...inputShape], 'x'), training);
  const dy = randomTensor('float64', [batch, ...layer.outputShape], 'dy');
  layer.backward(ops, dy);
  const dx = layer.backward(ops, dy);
  return { input: dx.values, parameters: layer.parameters.map(({ gradient }) => gradient.values) };
}

async function engineGradients(
  spec: LayerSpec,
  inputShape: Shape,
  batch: number,
  engine: Engine,
): Promise<Gradients> {
  const layer = build(spec, inputShape, 'float32');
  const ops = new Recorder();
  layer.forward(ops, randomTensor('float32', [batch, ...inputShape], 'x'), training);
  const dy = randomTensor('float32', [batch, ...layer.outputShape], 'dy');
  const dx = layer.backward(ops, dy);
  const executable = await engine.compile(ops.finish(`${spec.type} gradients`, [dx]));
  await executable.run();
  await executable.run();
  const parameters = await Promise.all(layer.parameters.map(({ gradient }) => engine.read(gradient)));
  return { input: await engine.read(dx), parameters };
}
