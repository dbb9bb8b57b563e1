/** Prints what kind of adapter there is: `hardware` or `software`; nothing if there is none. */
import { kindOfAdapter } from './probe.ts';

process.stdout.write((await kindOfAdapter()) ?? '');
process.exit();
