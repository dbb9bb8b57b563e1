/** The colours of a figure, as values of SVG attributes. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  /** For less important text and lines. */
  readonly quiet: string;
  readonly line: string;
  /** For the first and second series of data. */
  readonly first: string;
  readonly second: string;
}

/** For a figure in `htmlPage`: the page's variables, which follow its light or dark colours. */
export const pageTheme: Theme = {
  background: 'var(--background)',
  text: 'var(--text)',
  quiet: 'var(--quiet)',
  line: 'var(--line)',
  first: 'var(--first)',
  second: 'var(--second)',
};

/** For a figure in its own file, on white: the colours of a light page. */
export const paperTheme: Theme = {
  background: '#ffffff',
  text: '#1a1a1a',
  quiet: '#5a5a5a',
  line: '#d5d5d5',
  first: '#0072b2',
  second: '#d55e00',
};
