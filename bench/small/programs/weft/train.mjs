import { dense, fit, relu, sequential } from 'weft-nn';

export async function train({ x, y }) {
  const layers = [dense(32), relu(), dense(32), relu(), dense(3)];
  const model = sequential(layers, { inputShape: [2] });
  await fit(model, { x, y }, { epochs: 200, learningRate: 0.01, validationSplit: 0 });
  return model;
}
