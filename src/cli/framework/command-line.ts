/**
 * A command line as its user types it. Messages have it as a script of the clone, which runs the source:
 * `npm run train -- --epochs 5`. Who installed the package types `npx weft train --epochs 5`.
 */
export function commandLine(script: string, isClone: boolean = import.meta.url.endsWith('.ts')): string {
  return isClone ? script : script.replace(/^npm run (?:--silent )?([\w-]+)(?: --)?/, 'npx weft $1');
}
