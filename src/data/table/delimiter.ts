const delimiters = [',', ';', '\t', '|'];
/** The first line, with its names, is looked for in so many bytes. */
const startBytes = 2 ** 18;

/** What stands between the cells of a table: the candidate that is most frequent on its first line, outside of quotes. */
export function delimiterOf(bytes: Buffer): string {
  const unquoted = bytes
    .toString('utf8', 0, startBytes)
    .replace(/^[\uFEFF\s]+/, '')
    .replaceAll(/"[^"]*"/g, '');
  const [line = ''] = unquoted.split(/[\r\n]/, 1);
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))]!;
}
