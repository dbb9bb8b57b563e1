/** Sizes that all kernels share. */

export const floatBytes = 4;
/** Floats in a vector of 128 bits. */
export const lanes = 4;
export const vectorBytes: number = lanes * floatBytes;
/** Bytes that caches and memory hand over at once. */
export const cacheLineBytes = 64;
