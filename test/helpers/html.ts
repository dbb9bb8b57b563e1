/** An element of a page, with its content. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The text inside, with that of nested elements; entities are not decoded. */
  text: string;
}

/** Elements without an end tag. */
const empty: readonly string[] = ['meta', 'img', 'br'];

/**
 * Reads a page or an SVG image strictly: every tag must be closed in the right order, every attribute must be quoted and
 * occur once, every & must be part of an entity.
 *
 * @throws Error that shows the place
 */
export function parseHtml(page: string): Tag[] {
  const tags: Tag[] = [];
  const open: Tag[] = [];
  const fail = (message: string, at: number): never => {
    throw new Error(`${message}: …${page.slice(Math.max(at - 60, 0), at + 60)}…`);
  };
  const pattern =
    /<!doctype html>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|</g;
  for (const match of page.matchAll(pattern)) {
    const [whole, slash, name, attributeText, selfClosing, text] = match;
    if (text !== undefined) {
      const isStyle = ['style', 'script'].includes(open.at(-1)?.name ?? '');
      if (!isStyle && /&(?!(?:amp|lt|gt|quot|#39);)|>/.test(text))
        fail('a character is not escaped', match.index);
      for (const tag of open) tag.text += text;
      continue;
    }
    if (whole === '<') fail('not a tag', match.index);
    if (name === undefined) continue;
    if (slash === '/') {
      const started = open.pop();
      if (started?.name !== name) fail(`</${name}> ends <${started?.name}>`, match.index);
      continue;
    }
    const attributes = new Map<string, string>();
    for (const [, key, value] of attributeText!.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)) {
      if (attributes.has(key!)) fail(`${key} is there twice`, match.index);
      if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(value!)) fail('a character is not escaped', match.index);
      attributes.set(key!, value!);
    }
    const tag = { name, attributes, text: '' };
    tags.push(tag);
    if (selfClosing !== '/' && !empty.includes(name)) open.push(tag);
  }
  if (open.length > 0) fail(`<${open.at(-1)!.name}> has no end`, page.length);
  return tags;
}
