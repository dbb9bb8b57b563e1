// The kernels and gradients that the program uses, and no others, as the guide of TensorFlow.js to small bundles says. The
// page imports this in place of the backend and of the package of layers.
import { registerGradient, registerKernel } from '@tensorflow/tfjs-core/dist/base';
import '@tensorflow/tfjs-backend-cpu/dist/base';
import '@tensorflow/tfjs-core/dist/base_side_effects';
import { addGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Add_grad';
import { batchMatMulGradConfig } from '@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad';
import { divGradConfig } from '@tensorflow/tfjs-core/dist/gradients/RealDiv_grad';
import { reluGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Relu_grad';
import { sumGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Sum_grad';
import { addConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Add';
import { batchMatMulConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/BatchMatMul';
import { castConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Cast';
import { expConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Exp';
import { identityConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Identity';
import { logConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Log';
import { maxConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Max';
import { multiplyConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Multiply';
import { negConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Neg';
import { oneHotConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/OneHot';
import { realDivConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/RealDiv';
import { reluConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Relu';
import { reshapeConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Reshape';
import { sqrtConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Sqrt';
import { squareConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Square';
import { stepConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Step';
import { subConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Sub';
import { sumConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Sum';
import { transposeConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/Transpose';
import { zerosLikeConfig } from '@tensorflow/tfjs-backend-cpu/dist/kernels/ZerosLike';

const gradients = [addGradConfig, batchMatMulGradConfig, divGradConfig, reluGradConfig, sumGradConfig];
const kernels = [
  addConfig,
  batchMatMulConfig,
  castConfig,
  expConfig,
  identityConfig,
  logConfig,
  maxConfig,
  multiplyConfig,
  negConfig,
  oneHotConfig,
  realDivConfig,
  reluConfig,
  reshapeConfig,
  sqrtConfig,
  squareConfig,
  stepConfig,
  subConfig,
  sumConfig,
  transposeConfig,
  zerosLikeConfig,
];
gradients.forEach(registerGradient);
kernels.forEach(registerKernel);
