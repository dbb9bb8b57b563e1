/**
 * The cells of a chapter as one module, so that each sees what those before it have defined. Imports of the library become
 * constants, as the worker has the library already.
 */
export function moduleOf(cells: readonly string[]): string {
  const parts = cells.map((cell, index) => `chapter.begin(${index});\n${withoutImports(cell)}`);
  return `const { chapter, garments, picture, weft } = globalThis.ofChapter;\n${parts.join('\n')}\nchapter.end();\n`;
}

function withoutImports(code: string): string {
  return code.replaceAll(/^import (\{[^}]*\}) from 'weft-nn';$/gm, 'const $1 = weft;');
}
