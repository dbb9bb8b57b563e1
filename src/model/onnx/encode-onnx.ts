import type { Tensor } from '../../tensor/tensor.ts';
import { version } from '../../version.ts';
import { checkWeights } from '../weights.ts';
import { describeInput, type TrainedNetwork } from '../trained-network.ts';
import { GraphBuilder } from './graph-builder.ts';
import { encodeModel } from './messages.ts';
import { OnnxOps } from './onnx-ops.ts';

/** IR version 8 and operator set 13 date from 2021: every runtime knows them. Gelu, new in set 20, becomes basic nodes. */
const irVersion = 8;
const operatorSet = 13;

/**
 * A network as an ONNX file, for inference: input `images` float32 [N, h, w, c] in [0, 1], or `x` for inputs of another
 * rank; outputs `probabilities` and `logits` float32 [N, outputs], or `predictions` of a network that predicts numbers.
 * Dropout is absent, batch normalization uses its running averages. The metadata have the names of the classes, as JSON,
 * and how to prepare an example.
 */
export function encodeOnnx(network: TrainedNetwork): Uint8Array {
  const { name, model, weights, classNames } = network;
  checkWeights(model, weights, name);
  const graph = new GraphBuilder();
  const ops = new OnnxOps(graph, weights);
  const isOfImages = model.inputShape.length === 3;
  const inputs = ops.input(isOfImages ? 'images' : 'x', model.inputShape, describeInput(network));
  const outputs = model.layers.reduce((x, layer) => {
    graph.layer = layer.name;
    return ops.settle(layer.forward(ops, x, { training: false }));
  }, inputs);
  addOutputs(graph, ops, outputs, model.loss?.targets ?? 'classes');
  return encodeModel({
    irVersion,
    operatorSet,
    producer: 'weft',
    producerVersion: version,
    documentation: `${name}: a network trained by weft ${version}`,
    graph: graph.finish(name),
    metadata: {
      ...(classNames && { class_names: JSON.stringify(classNames) }),
      input: describeInput(network),
      layers: JSON.stringify(model.describe()),
    },
  });
}

function addOutputs(
  graph: GraphBuilder,
  ops: OnnxOps,
  outputs: Tensor,
  targets: 'classes' | 'probabilities' | 'numbers',
): void {
  if (targets === 'numbers') {
    graph.output(ops.nameOf(outputs), 'predictions', 'numbers in the units of the targets');
    return;
  }
  const name = targets === 'classes' ? 'softmax' : 'sigmoid';
  graph.layer = name;
  const probabilities = name === 'softmax' ? ops.softmax(outputs) : ops.elementwise(outputs, 'sigmoid');
  const meaning = name === 'softmax' ? 'of each class; a row adds up to 1' : 'of yes';
  graph.output(ops.nameOf(probabilities), 'probabilities', meaning);
  graph.output(ops.nameOf(outputs), 'logits', `the input of ${name}, which makes the probabilities`);
}
