import { createHmac, randomUUID } from 'node:crypto';

import cookieSession from 'cookie-session';
import type { Request, RequestHandler } from 'express';

const SESSION_MS = 12 * 3_600_000;

export interface SessionOptions {
  readonly secret: string;
  /** Part of the signing key: a new password ends the sessions of the old one. */
  readonly password: string;
  readonly secureCookies: boolean;
  readonly now: () => Date;
}

/** One login of one browser. */
export interface Session {
  readonly id: string;
  readonly until: Date;
}

/** Who is signed in, held in a signed cookie: every process with the same settings knows the session. */
export class Sessions {
  readonly read: RequestHandler;
  private readonly now: () => Date;

  constructor({ secret, password, secureCookies, now }: SessionOptions) {
    this.now = now;
    this.read = cookieSession({
      name: 'reelsync',
      keys: [createHmac('sha256', secret).update(password).digest('base64')],
      httpOnly: true,
      sameSite: 'strict',
      secure: secureCookies,
      maxAge: SESSION_MS,
    });
  }

  open(request: Request): void {
    request.session = { id: randomUUID(), until: this.now().getTime() + SESSION_MS };
  }

  /** What the cookie says; whether its login was ended early, `SessionEnds` knows. Undefined: nobody is signed in. The end is part of what is signed: a browser's own idea of it cannot be relied on. */
  of(request: Request): Session | undefined {
    const id: unknown = request.session?.['id'];
    const until: unknown = request.session?.['until'];
    if (typeof id !== 'string' || typeof until !== 'number' || until <= this.now().getTime())
      return undefined;
    return { id, until: new Date(until) };
  }

  close(request: Request): void {
    request.session = null;
  }
}
