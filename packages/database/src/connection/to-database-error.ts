import { types } from 'node:util';
import { ReelsyncError, type ErrorCode, type ErrorContext } from '@reelsync/core';
import {
  BSON,
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  type WriteError,
} from 'mongodb';

export const DUPLICATE_KEY = 11000;

/**
 * Codes of a server that cannot serve anybody now: unreachable hosts, network timeouts, no primary, shutting down. Jobs
 * wait for it without using attempts (decision 8). Refused credentials (13, 18) belong here too: they fail every job alike.
 */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 13, 18, 89, 91, 133, 189, 202, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** Too deep, bad field names, refused by a validator of the collection, document or result too large. */
const INVALID_DOCUMENT_CODES: ReadonlySet<unknown> = new Set([
  15, 22, 52, 55, 56, 57, 121, 10334, 17419, 17420,
]);

/** The one mapping from what the driver throws to our error taxonomy. */
export function toDatabaseError(error: unknown, context: ErrorContext = {}): ReelsyncError {
  if (error instanceof ReelsyncError) return error;
  const fault = unwrap(error);
  const message = types.isNativeError(fault) ? fault.message : String(fault);
  return new ReelsyncError(codeFor(fault), message, { context, cause: fault });
}

/** One refused operation of a bulk write. */
export function toWriteError({ code, errmsg }: WriteError, context: ErrorContext): ReelsyncError {
  return toDatabaseError(new MongoServerError({ code, message: errmsg ?? `write error ${code}` }), context);
}

/** Runs a database call; whatever it throws leaves as a ReelsyncError. */
export async function databaseCall<T>(context: ErrorContext, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDatabaseError(error, context);
  }
}

/** Streams a cursor; closing the iteration closes the cursor. */
export async function* databaseStream<T>(context: ErrorContext, cursor: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* cursor;
  } catch (error) {
    throw toDatabaseError(error, context);
  }
}

/** A bulk write wraps what the driver threw and loses its class; the original is the "response". */
function unwrap(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const original: unknown = error.errorResponse;
  return original instanceof Error ? original : error;
}

function codeFor(fault: unknown): ErrorCode {
  if (isUnavailable(fault)) return 'DATABASE_UNAVAILABLE';
  const code = serverCode(fault);
  if (code === DUPLICATE_KEY) return 'DATABASE_CONFLICT';
  if (INVALID_DOCUMENT_CODES.has(code) || isUnserialisable(fault)) return 'DOCUMENT_INVALID';
  return 'DATABASE_ERROR';
}

function isUnavailable(fault: unknown): boolean {
  if (
    fault instanceof MongoNetworkError ||
    fault instanceof MongoServerSelectionError ||
    fault instanceof MongoNotConnectedError ||
    fault instanceof MongoTopologyClosedError ||
    fault instanceof MongoClientClosedError ||
    fault instanceof MongoServerClosedError ||
    fault instanceof MongoOperationTimeoutError
  )
    return true;
  if (UNAVAILABLE_CODES.has(serverCode(fault))) return true;
  if (!(fault instanceof MongoError)) return false;
  // The driver does not export these two classes.
  if (fault.name === 'MongoWaitQueueTimeoutError' || fault.name === 'MongoPoolClosedError') return true;
  return fault.hasErrorLabel(MongoErrorLabel.RetryableWriteError);
}

function serverCode(fault: unknown): unknown {
  return fault instanceof MongoServerError ? fault.code : undefined;
}

function isUnserialisable(fault: unknown): boolean {
  if (BSON.BSONError.isBSONError(fault)) return true;
  // The serialiser runs off its buffer for documents beyond 17 MB.
  if (types.isNativeError(fault) && 'code' in fault && fault.code === 'ERR_OUT_OF_RANGE') return true;
  return fault instanceof MongoInvalidArgumentError && /larger than the maximum size/i.test(fault.message);
}
