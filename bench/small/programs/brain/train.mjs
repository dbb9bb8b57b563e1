import brain from 'brain.js';

export function train({ x, y }) {
  const net = new brain.NeuralNetwork({ hiddenLayers: [32, 32], activation: 'leaky-relu' });
  const examples = x.map((input, i) => ({ input, output: { [y[i]]: 1 } }));
  net.train(examples, { iterations: 200, errorThresh: 1e-9, learningRate: 0.01, momentum: 0.9 });
  return net;
}
