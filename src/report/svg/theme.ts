/** Colours of a figure, as SVG attributes have them. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  /** Of words and lines that stand back. */
  readonly quiet: string;
  readonly line: string;
  /** Of data. */
  readonly first: string;
  readonly second: string;
}

/** The variables of `htmlPage`: light or dark with the page. */
export const pageTheme: Theme = {
  background: 'var(--background)',
  text: 'var(--text)',
  quiet: 'var(--quiet)',
  line: 'var(--line)',
  first: 'var(--first)',
  second: 'var(--second)',
};

/** For a file of its own, on white; the same colours as those of a light page. */
export const paperTheme: Theme = {
  background: '#ffffff',
  text: '#1a1a1a',
  quiet: '#5a5a5a',
  line: '#d5d5d5',
  first: '#0072b2',
  second: '#d55e00',
};
