import type { Options } from 'yargs';
import { filled } from '../../framework/numbers.ts';
import { running } from '../../options/engine-options.ts';

/** Read where the flag is not given: a password in it is in no list of processes. */
export const redisVariable = 'WEFT_REDIS';

/** `--redis`, for who gives runs to a queue, and for who takes them. */
export const redisOption: Options & { readonly coerce: (text: string) => string } = {
  type: 'string',
  requiresArg: true,
  coerce: filled('redis'),
  describe: `Address of Redis or Valkey: redis://HOST:PORT, or rediss:// with TLS (or the variable ${redisVariable})`,
  group: running,
};
