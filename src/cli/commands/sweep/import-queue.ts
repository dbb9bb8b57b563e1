/**
 * Loads code that works with a queue.
 *
 * @throws Error in one line if the packages are missing that it needs: who installs the library gets them not
 */
export async function importQueue<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !/'(bullmq|ioredis)'/.test(message)) throw error;
    throw new Error('a queue needs two packages that are not installed: npm install bullmq@6 ioredis@6', {
      cause: error,
    });
  }
}
