import { ReelsyncError } from '@reelsync/core';
import type { RequestHandler } from 'express';

import { noStore } from '../http/security-headers';
import type { Sessions } from './sessions';

/** Lets programs pass that are signed in. Nobody is led to the login: what asks is not a person. */
export function requireAdmin(sessions: Sessions): RequestHandler[] {
  return [
    noStore,
    sessions.read,
    (request, _response, next) => {
      if (sessions.isOpen(request)) next();
      else next(new ReelsyncError('LOGIN_REQUIRED', 'This needs a login'));
    },
  ];
}
