import type { Request, RequestHandler, Response } from 'express';

import type { AdminGuard } from '../admin/require-admin';
import type { SessionEnds } from '../admin/session-ends';
import type { Sessions } from '../admin/sessions';
import type { EventStreams, StreamView } from './event-streams';

export interface GuardedStreamsOptions {
  readonly streams: EventStreams;
  /** What every request has to pass. */
  readonly guard: readonly RequestHandler[];
  readonly admin: Pick<AdminGuard, 'actorOf'>;
  readonly sessions: Pick<Sessions, 'of'>;
  readonly sessionEnds: Pick<SessionEnds, 'during'>;
}

/** Event streams for whoever may see them, and for as long. */
export class GuardedStreams {
  readonly guard: readonly RequestHandler[];

  constructor(private readonly options: GuardedStreamsOptions) {
    this.guard = options.guard;
  }

  /** The request has passed the guard. What came with a token has no end of its own, whoever is signed in beside it. */
  async serve(
    request: Request,
    response: Response,
    view: StreamView | (() => Promise<StreamView>),
  ): Promise<void> {
    const { streams, admin, sessions, sessionEnds } = this.options;
    const session = admin.actorOf(request).kind === 'session' ? sessions.of(request) : undefined;
    if (session === undefined) await streams.serve(response, view);
    else await sessionEnds.during(session, (ended) => streams.serve(response, view, ended));
  }
}
