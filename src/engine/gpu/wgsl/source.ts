/** WGSL as a list of lines: small pieces that the generators share. */

/** The components of a vec4f. */
export const components = ['x', 'y', 'z', 'w'] as const;

/** Statements under conditions; as they are, if there are none. */
export function when(conditions: readonly string[], statements: readonly string[]): string[] {
  if (conditions.length === 0) return [...statements];
  return [`if (${conditions.join(' && ')}) {`, ...statements, '}'];
}

/** Numbers from 0 to below `count`. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** A text as code: its lines, indented by their braces alone. */
export function reformat(text: string): string {
  return format(
    text
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  );
}

/** Lines as code, indented by their braces. */
export function format(lines: readonly string[]): string {
  let depth = 0;
  const indented = lines.map((line) => {
    if (line.startsWith('}')) depth--;
    const text = line === '' ? '' : `${'  '.repeat(depth)}${line}`;
    if (line.endsWith('{')) depth++;
    return text;
  });
  return `${indented.join('\n')}\n`;
}
