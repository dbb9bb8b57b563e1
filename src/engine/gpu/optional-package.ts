/**
 * Imports an optional package. Its name is a parameter, not a literal, so that the type check does not look for it.
 *
 * @param missing the message if the package is not there: it says what to install
 * @throws with one line
 */
export async function importOptional<P>(name: string, missing: string): Promise<P> {
  try {
    return (await import(name)) as P;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND') throw new Error(missing, { cause: error });
    throw new Error(`the package ${name} does not load: ${message.split('\n')[0]}`, { cause: error });
  }
}
