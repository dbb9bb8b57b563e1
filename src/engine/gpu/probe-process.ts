/** Prints what kind of adapter there is: `hardware`, or `software` if it may be one; nothing if there is none. */
import { openDevice } from './device.ts';

const device = await openDevice().catch(() => null);
if (device) process.stdout.write(device.software === false ? 'hardware' : 'software');
process.exit();
