/** Stands for `-` on the command line, because yargs drops a `-` from a list of arguments. */
export const standardInput = '/dev/stdin';

/**
 * Names standard input, and takes out `--`: yargs would not count the words behind it as arguments. Behind it, a word with a
 * dash is the path of a file.
 */
export function nameStandardInput(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const [words, paths] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  return [...words, ...paths.map((path) => (/^-./.test(path) ? `./${path}` : path))].map((word) =>
    word === '-' ? standardInput : word,
  );
}
