import * as assert from 'uvu/assert';

/** Fails unless the promise is rejected with an error of such a message. */
export async function assertRejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instance(error, Error);
  assert.match((error as Error).message, message);
}
