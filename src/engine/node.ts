/**
 * Whether this is Node, with its modules, and not a web page. Where a page may come along, they are had from
 * `process.getBuiltinModule`: an `import` of them ends in an error when a page is bundled, even if it is never reached.
 */
export const inNode: boolean = typeof process === 'object' && typeof process.getBuiltinModule === 'function';
