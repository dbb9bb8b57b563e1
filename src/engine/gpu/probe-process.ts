/** Says on stdout what kind of adapter answers: `hardware` or `software`; nothing if none does. */
import { kindOfAdapter } from './probe.ts';

process.stdout.write((await kindOfAdapter()) ?? '');
process.exit();
