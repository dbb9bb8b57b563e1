/** Stands for `-` on the command line, because yargs drops a `-` from a list of arguments. */
export const standardInput = '/dev/stdin';

export function nameStandardInput(args: readonly string[]): string[] {
  return args.map((arg) => (arg === '-' ? standardInput : arg));
}
