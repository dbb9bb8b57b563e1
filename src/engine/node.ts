/**
 * Whether the program runs in Node, which has modules of its own, and not in a web page. Code that may also run in a
 * page takes Node's modules from `process.getBuiltinModule`: a bundler for pages fails on an `import` of them, even if
 * that line is never reached.
 */
export const inNode: boolean = typeof process === 'object' && typeof process.getBuiltinModule === 'function';
