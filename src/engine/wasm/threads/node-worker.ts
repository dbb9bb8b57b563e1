/** A worker thread of Node. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { LoadMessage, WorkerStart } from './protocol.ts';
import { serve } from './serve.ts';

const { port, ...start } = workerData as WorkerStart & { readonly port: MessagePort };
const nextMessage = (): Promise<LoadMessage> => new Promise((resolve) => void port.once('message', resolve));

parentPort!.postMessage('ready');
// an exception ends the worker; the main thread learns of it from the worker's `error` event
await serve(start, nextMessage);
