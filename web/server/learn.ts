/** The pages of docs/ as chapters of the page: the same texts, rendered when the page is built. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import MarkdownIt from 'markdown-it';
import type { Plugin } from 'vite';

const docs = join(import.meta.dirname, '../../docs');

/** The chapters in their order: first steps, the layers, the machine. */
const chapters = [
  'learn/pixels',
  'learn/backward',
  'learn/training',
  'learn/overfitting',
  'dense',
  'conv2d',
  'max-pooling',
  'softmax-cross-entropy',
  'initialization',
  'dropout',
  'batch-norm',
  'adam',
  'recipes',
  'sweeps',
  'sessions',
  'matmul',
  'wasm',
  'winograd',
  'gpu',
  'gpu-tiles',
  'glossary',
] as const;
const pictures = ['ladder.svg', 'scaling.svg', 'sweep.svg'];

const markdown = new MarkdownIt({ linkify: false, html: false });

interface Chapter {
  readonly name: string;
  readonly title: string;
  readonly html: string;
}

/** Writes `learn/NAME.html` for each chapter, and `learn/index.html`, in the style of the page. */
export function learnPages(): Plugin {
  const files = (style: string, script: string): Map<string, string> => {
    cellCount = 0;
    const all = chapters.map(readChapter);
    const pages = all.map(
      (chapter) => [`${chapter.name}.html`, pageOf(chapter, all, { style, script })] as const,
    );
    const contents = { name: 'index', title: 'Learn', html: contentsOf(all) };
    return new Map([...pages, ['index.html', pageOf(contents, all, { style, script })]]);
  };
  return {
    name: 'learn',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = /^\/learn\/([\w.-]*)/.exec(request.url ?? '')?.[1];
        if (name === undefined) return next();
        const picture = pictures.includes(name) ? readFileSync(join(docs, name)) : undefined;
        const content = picture ?? files('/src/style.css', '/src/learn/main.ts').get(name || 'index.html');
        response.statusCode = content === undefined ? 404 : 200;
        response.setHeader('content-type', picture ? 'image/svg+xml' : 'text/html');
        response.end(content);
      });
    },
    generateBundle(_, bundle) {
      const style = Object.keys(bundle).find((name) => name.endsWith('.css'))!;
      const script = Object.values(bundle).find(
        (one) => one.type === 'chunk' && one.facadeModuleId?.endsWith('learn/main.ts'),
      )!;
      for (const [name, source] of files(`../${style}`, `../${script.fileName}`))
        this.emitFile({ type: 'asset', fileName: `learn/${name}`, source });
      for (const name of pictures) {
        this.emitFile({ type: 'asset', fileName: `learn/${name}`, source: readFileSync(join(docs, name)) });
      }
    },
  };
}

function readChapter(name: string): Chapter {
  // what marks generated tables is of no use to readers
  const text = readFileSync(join(docs, `${name}.md`), 'utf8').replaceAll(/^<!--.*-->\n/gm, '');
  return { name: basename(name), title: /^# (.*)$/m.exec(text)![1]!, html: markdown.render(text, {}) };
}

/** Links to other chapters lead there; those to files of the repository, which the page does not have, become their names. */
const linked = new Set<string>(chapters.map((chapter) => basename(chapter)));
markdown.core.ruler.push('links of the repository', ({ tokens }) => {
  for (const { children } of tokens) {
    let isDropped = false;
    for (const token of children ?? []) {
      if (token.type === 'link_open') {
        const href = String(token.attrGet('href'));
        const page = /^(?:\.\.\/)+web\/(?:(kernels\/)?index\.html)(#.*)?$/.exec(href);
        if (page) {
          token.attrSet('href', `page:${page[1] ?? ''}index.html${page[2] ?? ''}`);
          continue;
        }
        const [path, hash] = href.split('#') as [string, string | undefined];
        const name = basename(path, '.md');
        isDropped = !/^https?:/.test(href) && path !== '' && !(path === `${name}.md` && linked.has(name));
        if (path === `${name}.md` && linked.has(name))
          token.attrSet('href', `${name}.html${hash ? `#${hash}` : ''}`);
        if (isDropped) Object.assign(token, { type: 'text', content: '', tag: '', nesting: 0, attrs: null });
      } else if (token.type === 'link_close' && isDropped) {
        isDropped = false;
        Object.assign(token, { type: 'text', content: '', tag: '', nesting: 0 });
      }
    }
  }
});

/**
 * A paragraph that is a link to the page in a certain state becomes that page, which opens in its place. On other sites, and for
 * who wants the whole window, it is a link.
 */
markdown.core.ruler.after('links of the repository', 'parts of the page', (state) => {
  const { tokens } = state;
  for (const [index, { type, children }] of tokens.entries()) {
    const [link, words, end] = children ?? [];
    if (type !== 'inline' || children?.length !== 3 || end?.type !== 'link_close') continue;
    const address = /^page:(.*)$/.exec(String(link!.attrGet('href')))?.[1];
    if (address === undefined) continue;
    const [text, href] = [words!.content, `../${address}`].map(markdown.utils.escapeHtml);
    const embedded = new state.Token('html_block', '', 0);
    embedded.content = `<details class="embedded"><summary>${text}</summary>
<iframe loading="lazy" title="${text}" src="${href}"></iframe>
<p><a href="${href}">In a window of its own</a></p></details>
`;
    tokens.splice(index - 1, 3, embedded);
  }
});

// headings can be linked to, as on GitHub; a wide table scrolls
markdown.renderer.rules['heading_open'] = (tokens, index) => {
  const id = tokens[index + 1]!.content.toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
  return `<${tokens[index]!.tag} id="${markdown.utils.escapeHtml(id)}">`;
};
markdown.renderer.rules['table_open'] = () => '<div class="scroll" tabindex="0"><table>';
markdown.renderer.rules['table_close'] = () => '</table></div>';
const plainCode = markdown.renderer.rules['code_block']!;
markdown.renderer.rules['code_block'] = (...given) =>
  plainCode(...given).replace('<pre>', '<pre tabindex="0">');
const plainFence = markdown.renderer.rules['fence']!;
let cellCount = 0;
markdown.renderer.rules['fence'] = (tokens, index, ...given) => {
  const { info, content } = tokens[index]!;
  if (info !== 'ts run') return plainFence(tokens, index, ...given).replace('<pre>', '<pre tabindex="0">');
  cellCount += 1;
  const code = content.trimEnd();
  return `<div class="code-cell"><textarea spellcheck="false" rows="${code.split('\n').length}" aria-label="Code ${cellCount}">
${markdown.utils.escapeHtml(code)}</textarea><button type="button" disabled>Run</button><div class="result" role="status"></div></div>
`;
};

function contentsOf(all: readonly Chapter[]): string {
  const lines = all.map(
    ({ name, title }) => `<li><a href="${name}.html">${markdown.utils.escapeHtml(title)}</a></li>`,
  );
  return `<h1>Learn</h1>
<p>How a neural network works, from one layer to the machine: the texts that stand beside the source. The
<a href="../">first page</a> shows it all at work.</p>
<ol>${lines.join('\n')}</ol>`;
}

function pageOf(
  { name, title, html }: Chapter,
  all: readonly Chapter[],
  { style, script }: { readonly style: string; readonly script: string },
): string {
  const at = all.findIndex((chapter) => chapter.name === name);
  const link = (chapter: Chapter | undefined, rel: string): string =>
    chapter
      ? `<a rel="${rel}" href="${chapter.name}.html">${markdown.utils.escapeHtml(chapter.title)}</a>`
      : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'">
<link rel="icon" href="data:,">
<title>${markdown.utils.escapeHtml(title)} – weft</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<nav class="chapters" aria-label="Chapters"><a href="../">Train</a> <a href="index.html">Learn</a> <a href="../kernels/">Kernels</a></nav>
<main class="chapter">
${html}
</main>
<nav class="chapters" aria-label="Before and after">${link(all[at - 1], 'prev')} ${at < 0 ? '' : link(all[at + 1], 'next')}</nav>
${html.includes('class="code-cell"') ? `<script type="module" src="${script}"></script>` : ''}
</body>
</html>
`;
}
