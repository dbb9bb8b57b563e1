/** The lines of a program that somebody has to think of: all but empty ones, comments and imports. */
export function countLines(text: string): number {
  const withoutImports = text.replaceAll(/^import [^;]*;$/gm, '');
  return withoutImports.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}
