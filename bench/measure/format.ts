/** The format of figures and names, in the terminal and in the documents. */

/** `weft, 2 threads` */
export function label({ name, threads }: { readonly name: string; readonly threads: number }): string {
  return `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

/** `12,345` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A speed with at least three digits: `12,345`, `123`, `12.3`, `1.23`. */
export function rate(value: number): string {
  return value >= 100 ? whole(value) : value.toPrecision(3);
}
