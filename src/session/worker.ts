/** A worker of a page that has a session. */
import { serveSession, type SessionPort } from './serve.ts';

serveSession(self as unknown as SessionPort);
