// The part of brain.js that a page needs: the whole package asks for the streams of Node.
import network from 'brain.js/dist/neural-network.js';

export default { NeuralNetwork: network.default };
