/** What is served: the page, the trade of the token, what the profile is, and the profile. */

import { type ProfileOrigin, uiPaths } from '@nops/core/profile/origin';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Asset } from './assets.js';
import { refusal, type Session, securityHeaders } from './guard.js';

export interface Served {
  origin: ProfileOrigin;
  /** Gzipped; undefined when there is none yet. */
  profile: Uint8Array | undefined;
}

const yearSeconds = 31_536_000;

export function createApp(port: number, session: Session, assets: Map<string, Asset>, served: Served): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.enable('case sensitive routing').enable('strict routing');
  app.use((request, response, next) => {
    response.set(securityHeaders).set('cache-control', 'no-store');
    const refused = refusal(request, port);
    if (refused === undefined) next();
    else answerError(response, refused.status, refused.message);
  });
  app.post(uiPaths.session, express.json({ limit: 1024 }), (request, response) => {
    const cookie = session.trade((request.body as { token?: unknown } | undefined)?.token);
    if (cookie === undefined) return answerError(response, 401, 'this token is not valid (any more)');
    response.set('set-cookie', cookie).status(204).end();
  });
  app.use((request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') next();
    else answerError(response.set('allow', 'GET, HEAD'), 405, 'nothing can be changed here');
  });
  app.use('/api', (request, response, next) => {
    if (session.hasCookie(request)) next();
    else answerError(response, 401, 'use the address that nops ui printed');
  });
  app.get(uiPaths.info, (_request, response) => {
    response.json(served.origin);
  });
  app.get(uiPaths.profile, (_request, response) => {
    if (served.profile === undefined) return answerError(response, 404, 'no profile was given to nops ui');
    response.type('application/octet-stream').set('content-disposition', 'attachment; filename="profile.pb.gz"');
    response.send(served.profile);
  });
  app.use((request, response) => {
    const asset = assets.get(request.path);
    if (asset === undefined) return answerError(response, 404, 'there is nothing here');
    if (asset.immutable) response.set('cache-control', `max-age=${yearSeconds}, immutable`);
    response.set('content-type', asset.type).send(asset.content);
  });
  // Express knows an error handler by its four parameters.
  app.use((error: { status?: unknown }, _request: Request, response: Response, _next: NextFunction) => {
    const status = typeof error.status === 'number' && error.status >= 400 && error.status < 500 ? error.status : 500;
    answerError(response, status, status === 500 ? 'this is a bug in nops' : 'this request makes no sense');
  });
  return app;
}

function answerError(response: Response, status: number, message: string): void {
  response.status(status).json({ error: { message } });
}
