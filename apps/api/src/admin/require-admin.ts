import { ReelsyncError } from '@reelsync/core';
import type { Actor } from '@reelsync/database';
import type { Request, RequestHandler } from 'express';

import { sameOrigin } from '../http/same-origin';
import type { AdminTokens } from './admin-tokens';
import type { SessionEnds } from './session-ends';
import type { Sessions } from './sessions';

export interface AdminGuardOptions {
  readonly tokens: AdminTokens;
  readonly sessions: Sessions;
  readonly sessionEnds: Pick<SessionEnds, 'isOpen'>;
  /** Who is signed in when somebody is: there is one account. */
  readonly adminUser: string;
}

/** Lets requests with a valid token pass, and those of somebody who signed in; and knows afterwards who it was. */
export class AdminGuard {
  private readonly actors = new WeakMap<Request, Actor>();

  constructor(private readonly options: AdminGuardOptions) {}

  /** A token that is sent has to be right, whoever is signed in beside it. A session alone must not be used by other sites. */
  readonly requireAdmin: RequestHandler = async (request, response, next) => {
    const header = request.get('Authorization');
    if (header !== undefined) {
      const actor = this.byToken(header);
      if (actor === undefined) {
        response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
        next(new ReelsyncError('TOKEN_INVALID', 'The token is not known'));
        return;
      }
      this.actors.set(request, actor);
      next();
      return;
    }
    const session = this.options.sessions.of(request);
    if (session === undefined || !(await this.options.sessionEnds.isOpen(session))) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      next(new ReelsyncError('LOGIN_REQUIRED', 'This needs a token or a login'));
      return;
    }
    this.actors.set(request, { kind: 'session', name: this.options.adminUser });
    sameOrigin(request, response, next);
  };

  /** Who sent a request that was let pass. */
  actorOf(request: Request): Actor {
    const actor = this.actors.get(request);
    if (actor === undefined) throw new TypeError('the request did not pass the guard');
    return actor;
  }

  private byToken(header: string): Actor | undefined {
    const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(header) ?? [];
    const name = token === undefined ? undefined : this.options.tokens.identify(token);
    return name === undefined ? undefined : { kind: 'token', name };
  }
}
