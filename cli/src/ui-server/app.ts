/** What is served: the page, the trade of the token, what the profiles are, the profiles, and the sources that those name. */

import type { Socket } from 'node:net';
import { type DescribedProfile, type ProfileOrigin, uiPaths } from '@nops/core/profile/origin';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Asset } from './assets.js';
import { notPlain, refusal, type Session, securityHeaders } from './guard.js';
import { NamedFiles } from './named-files.js';
import { readTemplate } from './offline.js';
import { SourceReader } from './read-source.js';

export interface Served {
  origin: ProfileOrigin;
  /** As its file is; undefined when there is none yet. */
  profile: Uint8Array | undefined;
  /** What the first one can be compared with: other files, and what was recorded before. */
  others?: OtherProfile[];
}

export interface OtherProfile {
  /** Letters, digits, dots and dashes. */
  id: string;
  described: DescribedProfile;
  /** Undefined: it is gone. */
  read(): Uint8Array | undefined;
}

/** The first profile's id. */
const firstId = 'first';

const yearSeconds = 31_536_000;

export interface Listening {
  port: number;
  /** This connection's client has shown the token, or the cookie that is given for it. */
  prove(connection: Socket): void;
}

export function createApp(
  session: Session,
  assets: Map<string, Asset>,
  served: Served,
  { port, prove }: Listening,
): Express {
  const app = express();
  const named = new NamedFiles();
  const sources = new SourceReader(file => named.has(file));
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.enable('case sensitive routing').enable('strict routing');
  app.use((request, response, next) => {
    response.set(securityHeaders).set('cache-control', 'no-store');
    const refused = notPlain(request) ?? refusal(request, port);
    if (refused !== undefined) return answerError(response, refused.status, refused.message);
    if (session.hasCookie(request)) prove(request.socket);
    next();
  });
  app.post(uiPaths.session, express.json({ limit: 1024 }), (request, response) => {
    const cookie = session.trade((request.body as { token?: unknown } | undefined)?.token);
    if (cookie === undefined) return answerError(response, 401, 'this token is not valid (any more)');
    prove(request.socket);
    response.set('set-cookie', cookie).status(204).end();
  });
  // A POST, so that no address of another page can ask for a file's text.
  app.post(uiPaths.source, express.json({ limit: 131_072 }), async (request, response) => {
    if (!session.hasCookie(request)) return answerError(response, 401, 'use the address that nops ui printed');
    response.json(await sources.read(request.body));
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
    response.json(withAll(served));
  });
  const send = (id: string, response: Response) => {
    const other = served.others?.find(each => each.id === id);
    const read = id === firstId ? () => served.profile : other?.read;
    if (read !== undefined) named.add(id, read);
    sendProfile(response, read?.());
  };
  app.get(uiPaths.profile, (_request, response) => send(firstId, response));
  app.get(`${uiPaths.profiles}/:id`, (request, response) => send(request.params.id, response));
  app.get(uiPaths.offline, (_request, response) => {
    response.type('text/plain').send(readTemplate());
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

function withAll({ origin, others = [] }: Served): ProfileOrigin {
  const first = origin.profile === undefined ? [] : [{ ...origin.profile, id: firstId }];
  return { ...origin, profiles: [...first, ...others.map(({ id, described }) => ({ ...described, id }))] };
}

function sendProfile(response: Response, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) {
    answerError(response, 404, 'there is no such profile (any more)');
    return;
  }
  response.type('application/octet-stream').set('content-disposition', 'attachment; filename="profile"');
  response.send(bytes);
}

function answerError(response: Response, status: number, message: string): void {
  response.status(status).json({ error: { message } });
}
