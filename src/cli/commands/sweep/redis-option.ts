import type { Options } from 'yargs';
import { filled } from '../../framework/numbers.ts';
import { running } from '../../options/engine-options.ts';

/** Read where the flag is not given: a password in it is in no list of processes. */
export const redisVariable = 'WEFT_REDIS';

/** The address of the flag, or of the variable where that is not empty; undefined without both. */
export function redisAddress(flag: string | undefined): string | undefined {
  return flag ?? (process.env[redisVariable] || undefined);
}

/** `--redis`, for who gives runs to a queue, and for who takes them. */
export const redisOption: Options & { readonly coerce: (text: string) => string } = {
  type: 'string',
  requiresArg: true,
  coerce: filled('redis'),
  describe: `Address of Redis or Valkey: redis://HOST:PORT, or rediss:// with TLS (or the variable ${redisVariable})`,
  group: running,
};
