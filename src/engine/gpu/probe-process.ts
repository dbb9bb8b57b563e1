/** Says on stdout what kind of adapter answers: `hardware` or `software`, if it may be; nothing if none does. */
import { openDevice } from './device.ts';

const device = await openDevice().catch(() => null);
if (device) process.stdout.write(device.software === false ? 'hardware' : 'software');
process.exit();
