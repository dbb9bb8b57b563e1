/** What the worker of a chapter is told: its cells up to the one that was started. */
export interface RunCells {
  readonly cells: readonly string[];
  /** The address of the folder with the data. */
  readonly data: string;
}

/** What it tells. A line or a picture is of the last cell: those before it only prepare. */
export type CellEvent =
  | { readonly kind: 'line'; readonly text: string }
  | {
      readonly kind: 'picture';
      readonly values: Float32Array;
      readonly height: number;
      readonly width: number;
    }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };
