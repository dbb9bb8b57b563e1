/** A product C [m, n] = A [m, k] · B [k, n] to measure. */
export interface MatmulShape {
  /** Where the product occurs. */
  readonly use: string;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** `Aᵀ·B` */
export function formOf({ transposeA, transposeB }: Pick<MatmulShape, 'transposeA' | 'transposeB'>): string {
  return `A${transposeA ? 'ᵀ' : ''}·B${transposeB ? 'ᵀ' : ''}`;
}

/** Images in a step, for all shapes here. */
export const batch = 64;
const mlpSizes = [784, 32, 64, 128, 128, 10] as const;

const plain = { transposeA: false, transposeB: false };

/** The products of a dense layer in a step: forward, dW, and dx unless its inputs are the images. */
function denseShapes(layer: string, fanIn: number, units: number, hasInputGradient: boolean): MatmulShape[] {
  return [
    { use: `${layer} forward`, m: batch, k: fanIn, n: units, ...plain },
    { use: `${layer} dW`, m: fanIn, k: batch, n: units, ...plain, transposeA: true },
    ...(hasInputGradient
      ? [{ use: `${layer} dx`, m: batch, k: units, n: fanIn, ...plain, transposeB: true }]
      : []),
  ];
}

/** The 14 products of one training step of the MLP. */
export const mlpShapes: readonly MatmulShape[] = mlpSizes
  .slice(1)
  .flatMap((units, index) => denseShapes(`dense_${index + 1}`, mlpSizes[index]!, units, index > 0));

/** The products of the two dense layers of the CNN. */
const cnnShapes: readonly MatmulShape[] = [
  ...denseShapes('cnn dense_1', 2048, 128, true),
  ...denseShapes('cnn dense_2', 128, 10, true),
];

export function squareShape(size: number): MatmulShape {
  return { use: `square ${size}`, m: size, k: size, n: size, ...plain };
}

function oddShape(m: number, k: number, n: number): MatmulShape {
  return { use: `odd ${m}×${k}×${n}`, m, k, n, ...plain };
}

export type ShapeGroup = 'mlp' | 'cnn' | 'squares' | 'odd' | 'large';

/** Groups of products by name, for `--shapes`. */
export const shapeGroups: Readonly<Record<ShapeGroup, readonly MatmulShape[]>> = {
  mlp: mlpShapes,
  cnn: cnnShapes,
  squares: [64, 128, 256, 512, 1024].map(squareShape),
  /** Prime numbers, single rows, single columns and single terms: no tile divides them. */
  odd: [
    oddShape(97, 131, 61),
    oddShape(1000, 1, 1000),
    oddShape(1, 784, 10),
    oddShape(1, 784, 32),
    oddShape(1009, 7, 3),
  ],
  large: [squareShape(1536), squareShape(2048), { use: 'large', m: 4096, k: 784, n: 512, ...plain }],
};

/** A convolution of the CNN: 3×3, `same`, stride 1. */
export interface ConvolutionShape {
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
}

export const cnnConvolutions: readonly ConvolutionShape[] = [
  { layer: 'conv2d_1', height: 28, width: 28, channels: 1, filters: 32 },
  { layer: 'conv2d_2', height: 14, width: 14, channels: 32, filters: 64 },
  { layer: 'conv2d_3', height: 7, width: 7, channels: 64, filters: 128 },
];
