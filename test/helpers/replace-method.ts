type Method = (...args: unknown[]) => unknown;

/** Puts another method in the place of one: `make` gets the original. @returns what undoes it */
export function replaceMethod<T, K extends keyof T>(
  target: T,
  method: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = target[method];
  const replacement: Method = function (this: unknown, ...args) {
    const bound: Method = (...given) => (original as Method).apply(this, given);
    return (make(bound as T[K]) as Method)(...args);
  };
  target[method] = replacement as T[K];
  return () => (target[method] = original);
}

/** Calls `note` whenever a method is called. @returns what undoes it */
export function spy<T, K extends keyof T>(target: T, method: K, note: () => void): () => void {
  return replaceMethod(target, method, (original) => {
    note();
    return original;
  });
}
