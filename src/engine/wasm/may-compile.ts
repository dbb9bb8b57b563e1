/** A module with nothing in it: `\0asm`, version 1. */
const emptyModule = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * Looks whether WebAssembly may be compiled here. A page may forbid it, by its Content-Security-Policy.
 *
 * @throws Error that says what to do
 */
export async function checkMayCompile(
  compile: (bytes: BufferSource) => Promise<unknown> = WebAssembly.compile,
): Promise<void> {
  try {
    await compile(emptyModule);
  } catch (error) {
    const advice = "its Content-Security-Policy needs 'wasm-unsafe-eval' in script-src";
    throw new Error(`this page forbids WebAssembly: ${advice}`, { cause: error });
  }
}
