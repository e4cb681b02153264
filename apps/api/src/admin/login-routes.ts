import { ReelsyncError } from '@reelsync/core';
import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';

import { HttpError } from '../http/http-problem';
import type { RequestLog } from '../http/request-log';
import { sameOrigin } from '../http/same-origin';
import { noStore } from '../http/security-headers';
import type { AdminCredentials } from './admin-credentials';
import { loginPage, logoutPage } from './login-page';
import type { SessionEnds } from './session-ends';
import type { Sessions } from './sessions';

const FAILURES_PER_WINDOW = 10;
const WINDOW_MS = 15 * 60_000;
const FORM_LIMIT_BYTES = 4096;
export const HOME = '/queues';

const formSchema = z.object({ user: z.string().max(200), password: z.string().max(200) });

export interface LoginRoutesOptions {
  readonly credentials: AdminCredentials;
  readonly sessions: Sessions;
  readonly sessionEnds: Pick<SessionEnds, 'end' | 'isOpen'>;
  readonly secureCookies: boolean;
  readonly log: RequestLog;
}

/** Signing in and out by form. */
export function loginRoutes(options: LoginRoutesOptions): Router {
  const { credentials, sessions, sessionEnds, secureCookies, log } = options;
  const router = Router();
  const parseForm = express.urlencoded({ extended: false, limit: FORM_LIMIT_BYTES });
  router.use(['/login', '/logout'], noStore, sameOrigin);
  router.get('/login', async (request, response) => {
    if (await isSignedIn(request, options)) response.redirect(303, HOME);
    else response.send(loginPage());
  });
  router.post('/login', limitFailures(), parseForm, async (request, response) => {
    // A secure cookie over plain HTTP is dropped in silence: the login would seem to do nothing.
    if (secureCookies && !request.secure) {
      throw new HttpError('HTTPS_REQUIRED', 'Signing in needs HTTPS');
    }
    const form = formSchema.safeParse(request.body);
    if (!form.success || !(await credentials.match(form.data.user, form.data.password))) {
      throw new HttpError('LOGIN_FAILED', 'Wrong user name or password');
    }
    sessions.open(request);
    log.of(request).info('signed in');
    response.redirect(303, HOME);
  });
  router.get('/logout', (_request, response) => {
    response.send(logoutPage());
  });
  router.post('/logout', async (request, response) => {
    const session = sessions.of(request);
    sessions.close(request);
    // Whatever becomes of it, the browser is signed out.
    if (session !== undefined)
      await sessionEnds.end(session).catch((error: unknown) => {
        log.of(request).error({ err: error }, 'other processes were not told of a logout');
      });
    response.redirect(303, '/login');
  });
  router.use('/login', showError(log));
  return router;
}

/** Lets signed-in visitors pass; a person is led to the login, a program is told. */
export function requireLogin(options: Pick<LoginRoutesOptions, 'sessions' | 'sessionEnds'>): RequestHandler {
  return async (request, response, next) => {
    if (await isSignedIn(request, options)) next();
    else if (request.method === 'GET' && wantsHtml(request)) response.redirect(303, '/login');
    else next(new ReelsyncError('LOGIN_REQUIRED', 'This needs a login'));
  };
}

async function isSignedIn(
  request: Request,
  { sessions, sessionEnds }: Pick<LoginRoutesOptions, 'sessions' | 'sessionEnds'>,
): Promise<boolean> {
  const session = sessions.of(request);
  return session !== undefined && (await sessionEnds.isOpen(session));
}

/** Successful logins do not count, so that a person who signs in often is not locked out. */
function limitFailures(): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: FAILURES_PER_WINDOW,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // A header that is not believed anyway (API_TRUST_PROXY) is no reason for a line on the console.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, _response, next) => {
      next(new HttpError('LOGIN_THROTTLED', 'Too many attempts; try again later'));
    },
  });
}

/** A person gets the form again, with what went wrong. */
function showError(log: RequestLog): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (!wantsHtml(request)) {
      next(error);
      return;
    }
    const { status, message, advice } = log.report(error, request);
    response.status(status).send(loginPage(`${message}. ${advice}`));
  };
}

/** JSON first: a program that accepts everything gets it. */
function wantsHtml(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html';
}
