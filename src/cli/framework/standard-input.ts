/** What `-` stands for. yargs loses a `-` in a list of arguments: it goes by this name until it is read. */
export const standardInput = '/dev/stdin';

export function nameStandardInput(args: readonly string[]): string[] {
  return args.map((arg) => (arg === '-' ? standardInput : arg));
}
