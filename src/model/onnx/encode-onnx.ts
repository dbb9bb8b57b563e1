import { expectRank } from '../../tensor/shape.ts';
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
 * A network as an ONNX file, for inference: input `images` float32 [N, h, w, c] in [0, 1], outputs `probabilities` and
 * `logits` float32 [N, classes]. Dropout is absent, batch normalization uses its running averages. The metadata have the
 * names of the classes, as JSON, and how to prepare an image.
 */
export function encodeOnnx(network: TrainedNetwork): Uint8Array {
  const { name, model, weights, classNames } = network;
  expectRank(model.inputShape, 3, `${name}: an image`);
  checkWeights(model, weights, name);
  const graph = new GraphBuilder();
  const ops = new OnnxOps(graph, weights);
  const images = ops.input('images', model.inputShape, describeInput(network));
  const logits = model.layers.reduce((x, layer) => {
    graph.layer = layer.name;
    return ops.settle(layer.forward(ops, x, { training: false }));
  }, images);
  graph.layer = 'softmax';
  const probabilities = ops.softmax(logits);
  graph.output(ops.nameOf(probabilities), 'probabilities', 'of each class; a row adds up to 1');
  graph.output(ops.nameOf(logits), 'logits', 'the input of softmax, which makes the probabilities');
  return encodeModel({
    irVersion,
    operatorSet,
    producer: 'weft',
    producerVersion: version,
    documentation: `${name}: a classifier of images, trained by weft ${version}`,
    graph: graph.finish(name),
    metadata: {
      class_names: JSON.stringify(classNames),
      input: describeInput(network),
      layers: JSON.stringify(model.describe()),
    },
  });
}
