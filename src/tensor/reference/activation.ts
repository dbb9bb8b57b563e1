import { type ElementwiseFunction, elementwiseFunctions, type ElementwiseName } from '../elementwise.ts';
import { entryOf, type Operation } from '../operation.ts';

/** y = f(x), element by element. */
export function elementwise({ inputs, outputs, constants }: Operation<'elementwise'>): void {
  const { forward } = functionOf(constants.function);
  const x = inputs.x.values;
  const y = outputs.y.values;
  for (let i = 0; i < x.length; i++) y[i] = forward(x[i]!, constants.parameter);
}

/** dx = dy · f′(x), element by element; `kept` is x or y, whichever the function keeps. */
export function elementwiseBackward({ inputs, outputs, constants }: Operation<'elementwiseBackward'>): void {
  const { backward } = functionOf(constants.function);
  const kept = inputs.kept.values;
  const dy = inputs.dy.values;
  const dx = outputs.dx.values;
  for (let i = 0; i < kept.length; i++) dx[i] = backward(kept[i]!, dy[i]!, constants.parameter);
}

function functionOf(name: ElementwiseName): ElementwiseFunction {
  return entryOf(elementwiseFunctions, name, 'reference');
}
