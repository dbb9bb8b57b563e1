/** Sorts a table by the column whose heading is pressed; pressed again, the other way round. It runs in the page of a report. */
export const sortScript = `
for (const table of document.querySelectorAll('table.sorts')) {
  const headings = [...table.querySelectorAll('thead th')];
  headings.forEach((heading, column) => {
    heading.querySelector('button').addEventListener('click', () => {
      const isUp = heading.getAttribute('aria-sort') !== 'ascending';
      for (const other of headings) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
      const key = (row) => row.cells[column].dataset.key;
      const compare = (a, b) => {
        if (a === '' || b === '') return (a === '') - (b === '');
        const difference = Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? a.localeCompare(b) : a - b;
        return isUp ? difference : -difference;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => compare(key(a), key(b))));
    });
  });
}
`;
