/** Flags of WebGPU (specification, §5.1 and §5.2). Node has no globals for them. */
export const bufferUsage = { mapRead: 0x01, copySource: 0x04, copyTarget: 0x08, storage: 0x80 } as const;
export const mapMode = { read: 0x01 } as const;

/** A range of a buffer that is bound begins at a multiple of this (the limit minStorageBufferOffsetAlignment). */
export const bindingAlignment = 256;
