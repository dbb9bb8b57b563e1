const internal =
  /undefined|\[object|Cannot read propert|Cannot use 'in'|is not a function|is not iterable|Maximum call stack|offset is out of|Invalid array length|Invalid typed array|out of memory|\bat .*\.ts:\d/i;
const internalErrors = [TypeError, RangeError, ReferenceError, SyntaxError];
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with an error that a person would see; null if it is one short line in plain words. */
export function messageFault(error: unknown): string | null {
  if (!(error instanceof Error)) return 'what was thrown is no Error';
  const { message, name } = error;
  const shown = JSON.stringify(message.length > 160 ? `${message.slice(0, 160)}…` : message);
  if (internalErrors.some((kind) => error instanceof kind)) return `${name}: ${shown}`;
  if (control.test(message)) return `control characters: ${shown}`;
  if (message.length > 300) return `a message of ${message.length} characters: ${shown}`;
  return internal.test(message) ? `an internal message: ${shown}` : null;
}
