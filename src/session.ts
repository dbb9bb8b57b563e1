/** A run that can be driven: `weft-nn/session`. For any host. */
export { SessionClient, type ClientPort } from './session/client.ts';
export type { Branch, CurvePoint, Fork, Segment, ValidationPoint } from './session/branch.ts';
export * from './session/messages.ts';
export type { KernelText } from './session/kernel-text.ts';
export type { Nudge } from './session/nudge.ts';
export type { Occlusion } from './session/occlusion.ts';
export type { PredictedImages } from './session/predictor.ts';
export { type Reply, type Request, serveSession, type SessionPort } from './session/serve.ts';
export { Session } from './session/session.ts';
export type { FullEvaluation } from './train/full-evaluation.ts';
export type { PartName } from './data/dataset.ts';
export type { DataDescription, DataPiece } from './session/session-data.ts';
export { defaultSettings, type Settings } from './session/settings.ts';
export { startSession, type StartedSession } from './session/start.ts';
export type { Term, UnitSum } from './session/unit-sum.ts';
export type { LayerValues, Values, XRay } from './session/x-ray.ts';
