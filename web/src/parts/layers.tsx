import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { KernelText, LayerValues, Values } from '../../../src/session.ts';
import { Pixels } from '../drawing/canvas.tsx';
import { imageOf, largestOf, layoutOf, sheetsOf, unitAt } from '../drawing/pixels.ts';
import { percent, short } from '../format.ts';
import { ask, chooseUnit, classNames, facts, kernel, xRay } from '../store.ts';

type Shown = 'output' | 'gradient' | 'weights' | 'weight gradients';
const views: readonly (readonly [Shown, string])[] = [
  ['output', 'what each unit gives'],
  ['gradient', 'how the loss depends on it'],
  ['weights', 'weights'],
  ['weight gradients', 'how the loss depends on the weights'],
];
const shown = signal<Shown>('output');

/** The chosen image on its way through the network, layer by layer; made from the list of layers. */
export function LayerStrip(): JSX.Element {
  const seen = xRay.value;
  return (
    <section aria-labelledby="layers-title">
      <h2 id="layers-title">One image, layer by layer</h2>
      <fieldset>
        <legend class="hidden">What is shown</legend>
        {views.map(([view, label]) => (
          <label key={view}>
            <input
              type="radio"
              name="view"
              checked={shown.value === view}
              onChange={() => (shown.value = view)}
            />{' '}
            {label}
          </label>
        ))}
      </fieldset>
      <Legend />
      {seen && (
        <ol class="layers">
          <li>
            <h3>image</h3>
            <Image values={seen.image} />
          </li>
          {seen.layers.map((layer, index) => (
            <li key={layer.name}>
              <h3>{layer.name}</h3>
              <Layer layer={layer} type={facts.value?.layers[index]?.type ?? ''} />
            </li>
          ))}
          <li>
            <h3>probabilities</h3>
            <Probabilities values={seen.probabilities} label={seen.labels[0]!} />
          </li>
        </ol>
      )}
      {kernel.value && <Code text={kernel.value} />}
    </section>
  );
}

/** From the layer to the machine. */
function Code({ text: { layer, operations, code, bytes } }: { readonly text: KernelText }): JSX.Element {
  return (
    <details open>
      <summary>The code of {layer}</summary>
      <p class="quiet">What the layer writes down, for a batch:</p>
      <pre tabIndex={0}>{operations}</pre>
      <p class="quiet">
        What is generated for exactly these shapes: WebAssembly, {bytes} bytes. The numbers in it are the
        sizes above.
      </p>
      <pre tabIndex={0}>{code}</pre>
    </details>
  );
}

function Legend(): JSX.Element {
  return (
    <p class="legend quiet">
      <span class="scale" aria-hidden="true" /> blue: below 0, white: 0, red: above 0. Each sheet has a scale
      of its own; its largest number is written below it. Choose a unit to see its numbers.
    </p>
  );
}

function Image({ values }: { readonly values: Values }): JSX.Element {
  const [, height, width, channels] = values.shape as [number, number, number, number];
  const isGradient = shown.value === 'gradient';
  const image = useMemo(() => {
    if (isGradient) {
      const layout = layoutOf([height, width, channels]);
      return sheetsOf(values.gradient, layout, largestOf(values.gradient));
    }
    return imageOf(
      Array.from(values.values, (value) => 255 * value),
      height,
      width,
      channels,
    );
  }, [values, isGradient]);
  return (
    <>
      <Pixels
        image={image}
        label={isGradient ? 'the derivative of the loss by each pixel' : 'the image'}
        scale={4}
      />
      <p class="quiet">
        {height}×{width}
        {isGradient ? `, largest ${short(largestOf(values.gradient))}` : ''}
      </p>
    </>
  );
}

interface LayerProps {
  readonly layer: LayerValues;
  readonly type: string;
}

function Layer({ layer, type }: LayerProps): JSX.Element {
  const view = shown.value;
  const isOfWeights = view === 'weights' || view === 'weight gradients';
  const source = isOfWeights ? layer.parameters[0] : layer.output;
  const numbers = view === 'output' || view === 'weights' ? source?.values : source?.gradient;
  const drawn = useMemo(() => {
    if (!source || !numbers) return null;
    const shape = isOfWeights ? weightShape(source.shape) : source.shape.slice(1);
    const layout = layoutOf(shape);
    const largest = largestOf(numbers);
    return {
      layout,
      shape,
      largest,
      image: sheetsOf(numbers, layout, largest),
    };
  }, [source, numbers]);
  if (drawn === null) return <p class="quiet">no weights</p>;
  const { layout, shape, largest, image } = drawn;
  const hasSums = type === 'dense' || type === 'conv2d';
  const pick = (x: number, y: number): void => {
    const at = unitAt(layout, x, y, shape);
    if (at) void chooseUnit(layer.name, at);
  };
  const outputShape = layer.output.shape.slice(1);
  return (
    <>
      <Pixels
        image={image}
        label={`${layer.name}, ${view}: ${numbers!.length} numbers, the largest ${short(largest)}`}
        scale={Math.max(1, Math.min(4, Math.floor(240 / image.width)))}
        onPick={hasSums && !isOfWeights ? pick : undefined}
      />
      <p class="quiet">
        {(isOfWeights ? source!.shape : outputShape).join('×')}, largest {short(largest)}{' '}
        <button
          type="button"
          aria-label={`The code of ${layer.name}`}
          onClick={() => void ask('kernel', { layer: layer.name }).then((text) => (kernel.value = text))}
        >
          code
        </button>
        {hasSums && (
          <button
            type="button"
            aria-label={`Numbers of the first unit of ${layer.name}`}
            onClick={() =>
              void chooseUnit(
                layer.name,
                outputShape.map(() => 0),
              )
            }
          >
            numbers
          </button>
        )}
      </p>
    </>
  );
}

/** Filters [kh, kw, in, out] are sheets of kh×kw; a kernel [in, out] of a dense layer is one sheet. */
function weightShape(shape: readonly number[]): number[] {
  if (shape.length === 4) return [shape[0]!, shape[1]!, shape[2]! * shape[3]!];
  return shape.length === 2 ? [shape[0]!, shape[1]!, 1] : [...shape];
}

function Probabilities({
  values,
  label,
}: {
  readonly values: Float32Array;
  readonly label: number;
}): JSX.Element {
  return (
    <table class="bars">
      <tbody>
        {classNames.value.map((name, index) => (
          <tr key={name} class={index === label ? 'true' : ''}>
            <th scope="row">
              {name}
              {index === label ? ' (is)' : ''}
            </th>
            <td>
              <meter min={0} max={1} value={values[index]} aria-hidden="true" />
            </td>
            <td>{percent(values[index]!)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
