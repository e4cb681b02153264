import { ReelsyncError, type MediaServer } from '@reelsync/core';
import { isBrokenCircuitError } from 'cockatiel';
import { AbortScope } from './abort-scope';
import { CallPolicy } from './call-policy';
import type { ClientLimits } from './client-limits';
import { discardBody, HttpTransport, type InjectFault, type Reply } from './http-transport';
import { RequestErrors } from './request-error';
import type { RequestPlan, RequestStat } from './request-plan';

interface ServerClientOptions {
  readonly server: MediaServer;
  readonly limits: ClientLimits;
  readonly now: () => number;
  readonly random: () => number;
  readonly onRequest: (stat: RequestStat) => void;
  readonly injectFault?: InjectFault | undefined;
}

/** Figures of one server's client since it was made, and now. */
export interface ServerStats {
  /** Calls that have a place among the simultaneous ones, including those that wait for their next try. */
  readonly active: number;
  /** Calls that wait for a place. */
  readonly pending: number;
  /** Requests sent, every try counted. */
  readonly total: number;
  /** Requests that ended in an error. */
  readonly failed: number;
  readonly retried: number;
  readonly breaker: 'closed' | 'open' | 'half-open';
}

/** Reads a reply; what it does counts as part of the attempt, deadline included. */
type ReadReply<T> = (reply: Reply, signal: AbortSignal) => Promise<T>;

/**
 * Asks one server: every request passes its limiter, retry and breaker, has a deadline and can be aborted. Throws
 * ReelsyncErrors, or the reason of the caller's signal.
 */
export class ServerClient {
  readonly errors: RequestErrors;
  private readonly transport: HttpTransport;
  private readonly policy: CallPolicy;
  private readonly closing = new AbortScope([]);
  private total = 0;
  private failed = 0;

  constructor(private readonly options: ServerClientOptions) {
    const { server, now, injectFault } = options;
    this.errors = new RequestErrors(server.id, now);
    this.transport = new HttpTransport({ concurrency: server.concurrency, injectFault });
    this.policy = new CallPolicy({ ...options, concurrency: server.concurrency });
  }

  /** Aborted when the client is closed, for work that outlives its call (the body of a listing). */
  get closed(): AbortScope {
    return this.closing;
  }

  async call<T>(plan: RequestPlan, signal: AbortSignal | undefined, read: ReadReply<T>): Promise<T> {
    const scope = new AbortScope([signal, this.closing]);
    try {
      return await scope.race(this.runCall(plan, scope, read));
    } catch (error) {
      if (isBrokenCircuitError(error)) throw this.circuitOpen(plan);
      throw error;
    } finally {
      scope.release();
    }
  }

  stats(): ServerStats {
    const { active, pending, retried, breakerState } = this.policy;
    return { active, pending, total: this.total, failed: this.failed, retried, breaker: breakerState };
  }

  /** Ends every request under way with JOB_CANCELLED: whoever waits for one is stopping as well. */
  async close(): Promise<void> {
    const reason = `The client of server '${this.options.server.id}' was closed`;
    this.closing.abort(
      new ReelsyncError('JOB_CANCELLED', reason, { context: { serverId: this.options.server.id } }),
    );
    await this.transport.destroy();
  }

  private async runCall<T>(plan: RequestPlan, scope: AbortScope, read: ReadReply<T>): Promise<T> {
    let lastFailure: ReelsyncError | undefined;
    const budgetMs = plan.timeoutMs * this.options.limits.callBudgetFactor;
    return this.policy.execute(scope.signal, {
      // When time runs out between two tries, the failure that led there says more than the clock.
      onStart: () => scope.deadline(budgetMs, () => lastFailure ?? this.errors.timeout(plan, budgetMs)),
      attempt: async (attempt) => {
        try {
          return await this.runAttempt(plan, scope, attempt, read);
        } catch (error) {
          if (error instanceof ReelsyncError) lastFailure = error;
          throw error;
        }
      },
    });
  }

  private async runAttempt<T>(
    plan: RequestPlan,
    call: AbortScope,
    attempt: number,
    read: ReadReply<T>,
  ): Promise<T> {
    const scope = new AbortScope([call]);
    scope.deadline(plan.timeoutMs, () => this.errors.timeout(plan, plan.timeoutMs));
    const startedAt = this.options.now();
    let statusCode: number | undefined;
    const report = (error?: RequestStat['error']): void => {
      const durationMs = this.options.now() - startedAt;
      this.report({
        serverId: this.options.server.id,
        kind: plan.kind,
        attempt,
        durationMs,
        ...(statusCode === undefined ? {} : { statusCode }),
        ...(error === undefined ? {} : { error }),
      });
    };
    try {
      const reply = await this.transport.send(plan, scope.signal);
      statusCode = reply.statusCode;
      const result = await this.readReply(plan, reply, scope.signal, read);
      report();
      return result;
    } catch (error) {
      const failure = error instanceof ReelsyncError ? error : this.errors.transport(plan, error);
      // Once the signal has fired, a broken reply is only its consequence.
      const reason: unknown = scope.signal.aborted ? scope.signal.reason : failure;
      report(reason instanceof ReelsyncError ? reason.code : 'ABORTED');
      scope.signal.throwIfAborted();
      throw failure;
    } finally {
      scope.release();
    }
  }

  private async readReply<T>(
    plan: RequestPlan,
    reply: Reply,
    signal: AbortSignal,
    read: ReadReply<T>,
  ): Promise<T> {
    if (plan.accepts(reply.statusCode)) return read(reply, signal);
    discardBody(reply);
    throw this.errors.status(plan, reply.statusCode, reply.headers);
  }

  private report(stat: RequestStat): void {
    this.total += 1;
    if (stat.error !== undefined) this.failed += 1;
    this.options.onRequest(stat);
  }

  private circuitOpen(plan: RequestPlan): ReelsyncError {
    const retryAfterMs = this.policy.reopensInMs;
    return this.errors.create(
      plan,
      'SERVER_CIRCUIT_OPEN',
      `was not requested: the server failed repeatedly and is left alone for another ${retryAfterMs} ms`,
      { retryAfterMs },
    );
  }
}
