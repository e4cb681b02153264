/**
 * How an error is handled. One function, `decideDisposition`, maps a category to what happens to the job.
 * - transient: may work on the next try (network, 5xx, timeout)
 * - throttled: the other side asked us to wait, or our breaker is open; waiting uses no attempt
 * - permanent: will not work until somebody changes something (bad data)
 * - not-found: what was asked for does not exist
 * - configuration: an operator must act (wrong webhook id, missing setting)
 * - shutdown: this process is stopping; the work goes back to the queue untouched
 */
export type ErrorCategory =
  | 'transient'
  | 'throttled'
  | 'permanent'
  | 'not-found'
  | 'configuration'
  | 'shutdown';

interface ErrorCodeEntry {
  readonly category: ErrorCategory;
  /** What a person can do about it. */
  readonly advice: string;
}

/** Every code that Reelsync can report. Codes are stable: dashboards, tests and people refer to them. */
export const ERROR_CODES = {
  SERVER_UNREACHABLE: {
    category: 'transient',
    advice: 'Check that the file server runs and that its URL is right.',
  },
  SERVER_TIMEOUT: {
    category: 'transient',
    advice: 'The file server answered too slowly; check its load or raise its timeout.',
  },
  SERVER_ERROR: { category: 'transient', advice: 'The file server reported an internal error; see its log.' },
  SERVER_THROTTLED: {
    category: 'throttled',
    advice: 'The file server asked us to slow down; lower its concurrency if this persists.',
  },
  SERVER_CIRCUIT_OPEN: {
    category: 'throttled',
    advice: 'The file server failed repeatedly and is left alone for a while.',
  },
  SERVER_UNAUTHORIZED: {
    category: 'configuration',
    advice: 'Check the webhook id (WEBHOOK_ID) configured for this server.',
  },
  SERVER_REJECTED: {
    category: 'permanent',
    advice: 'The file server refused the request; check URL, prefix and version.',
  },
  SERVER_HELD: {
    category: 'throttled',
    advice:
      'The file server reports a critical load; it is scanned again when it recovers, or after 10 minutes.',
  },
  SERVER_NOT_CONFIGURED: {
    category: 'configuration',
    advice: 'Add the server to the configuration, or enable it.',
  },
  RESPONSE_TOO_LARGE: {
    category: 'permanent',
    advice: 'The file is larger than the limit for its kind; check it on the server.',
  },
  LISTING_INVALID: {
    category: 'permanent',
    advice: 'The server did not send a JSON object; check what its listing URL serves.',
  },
  LISTING_TRUNCATED: {
    category: 'transient',
    advice: 'The listing ended in the middle; the next scan reads it again.',
  },
  LISTING_NOT_FOUND: {
    category: 'configuration',
    advice: 'Check the node URL of this server: its listing does not exist there.',
  },
  LISTING_SHRUNKEN: {
    category: 'permanent',
    advice:
      'The listing lost too many titles at once; check the mount on the server, then scan with --accept-shrunken.',
  },
  LISTING_RECORD_INVALID: {
    category: 'permanent',
    advice: 'This record of the listing was left out; check the title on the server.',
  },
  METADATA_INVALID: {
    category: 'permanent',
    advice: 'Repair the metadata file of this title on the server.',
  },
  BLURHASH_INVALID: {
    category: 'permanent',
    advice: 'Delete the .blurhash file of this image; the server writes it anew.',
  },
  TITLE_UNKNOWN: {
    category: 'not-found',
    advice: 'No server lists this title; check the spelling (folder name) or scan first.',
  },
  PARENT_MISSING: {
    category: 'throttled',
    advice: 'Nothing to do: its show or season is synced first.',
  },
  PARENT_FAILED: {
    category: 'permanent',
    advice: 'See why the show or season of this job could not be written; it goes on by itself afterwards.',
  },
  DATABASE_UNAVAILABLE: { category: 'throttled', advice: 'Check MongoDB and MONGODB_URI.' },
  DATABASE_ERROR: { category: 'transient', advice: 'See the cause; if it persists, check MongoDB.' },
  DATABASE_CONFLICT: {
    category: 'transient',
    advice: 'Another writer was faster; the next try merges with its result.',
  },
  DOCUMENT_INVALID: {
    category: 'permanent',
    advice: 'The title cannot be stored as it is; see the message for the field.',
  },
  QUEUE_UNAVAILABLE: { category: 'throttled', advice: 'Check Redis and REDIS_URL.' },
  QUEUE_MISCONFIGURED: {
    category: 'configuration',
    advice: 'See the message; Redis needs maxmemory-policy noeviction.',
  },
  LEASE_HELD: {
    category: 'throttled',
    advice: 'Nothing to do: somebody else works on the same thing; this goes on when they have ended.',
  },
  LEASE_LOST: {
    category: 'throttled',
    advice: 'Nothing to do: this process was paused or cut off for too long, and another one took over.',
  },
  JOB_PAYLOAD_INVALID: {
    category: 'permanent',
    advice: 'The job was enqueued by something that does not know this version; discard it.',
  },
  JOB_DEADLINE_EXCEEDED: {
    category: 'transient',
    advice: 'The job took longer than its deadline; check the file servers.',
  },
  JOB_LOST: {
    category: 'permanent',
    advice: 'The job vanished from Redis before it ended; ask for the title again, or scan with --full.',
  },
  JOB_STALLED: {
    category: 'transient',
    advice: 'Its worker died or hung several times; check the worker log, then retry.',
  },
  JOB_CANCELLED: { category: 'shutdown', advice: 'Nothing to do: the job runs again.' },
  RUN_UNKNOWN: {
    category: 'not-found',
    advice: 'See `reelsync status` for the latest runs; old runs are removed after a while.',
  },
  RUN_CANCELLED: {
    category: 'permanent',
    advice: 'Somebody took the request back; ask again. What is dirty is synced by the next scan or sweep.',
  },
  RUN_SUPERSEDED: {
    category: 'permanent',
    advice: 'Follow the run that the message names: it asks for the same and is newer.',
  },
  CHANGE_NOT_LISTED: {
    category: 'permanent',
    advice: 'Check that the file server has noticed the file; its next scan here finds it by itself.',
  },
  SCHEDULE_UNKNOWN: {
    category: 'not-found',
    advice: 'See `reelsync schedules list`.',
  },
  API_UNREACHABLE: {
    category: 'transient',
    advice: 'Check --url, and that the API runs and can be reached from here.',
  },
  API_REJECTED: {
    category: 'permanent',
    advice: 'See the message; the API and this command may be of different versions.',
  },
  NOT_INITIALIZED: { category: 'configuration', advice: 'Await initialize() of the SyncManager first.' },
  COMPARISON_FAILED: {
    category: 'permanent',
    advice: 'See the message; without figures of both engines there is nothing to compare.',
  },
  ARGUMENTS_INVALID: { category: 'configuration', advice: 'See `reelsync --help`.' },
  CONFIG_INVALID: { category: 'configuration', advice: 'Mend the settings listed in the message.' },
  WEBHOOK_UNAUTHORIZED: {
    category: 'configuration',
    advice: 'Send the configured webhook id (X-Webhook-ID) or secret (X-Webhook-Secret, Basic password).',
  },
  WEBHOOK_SIGNATURE_INVALID: {
    category: 'configuration',
    advice: 'Sign timestamp, a full stop and the body, byte for byte, with the configured secret.',
  },
  WEBHOOK_TIMESTAMP_INVALID: {
    category: 'permanent',
    advice: 'Send the time of sending in Unix seconds, and check the clocks of both machines.',
  },
  WEBHOOK_REPLAYED: {
    category: 'permanent',
    advice: 'Nothing to do: this delivery was accepted before.',
  },
  WEBHOOK_CONTENT_TYPE_UNSUPPORTED: {
    category: 'permanent',
    advice: 'Send the body as application/json in UTF-8.',
  },
  WEBHOOK_BODY_INVALID: { category: 'permanent', advice: 'Send a JSON object of the documented form.' },
  WEBHOOK_BODY_UNSAFE: {
    category: 'permanent',
    advice: 'Send a body without deep nesting and without keys that begin with $ or name a prototype.',
  },
  WEBHOOK_BODY_TOO_LARGE: { category: 'permanent', advice: 'Send a smaller body.' },
  BULK_UNKNOWN: {
    category: 'not-found',
    advice: 'Start the bulk request anew; old ones are removed after a while.',
  },
  INPUT_INVALID: {
    category: 'permanent',
    advice: 'See the message for what is wrong, and /api/v1/docs for what is expected.',
  },
  TOKEN_INVALID: {
    category: 'configuration',
    advice: 'Send `Authorization: Bearer TOKEN` with a token of API_TOKENS.',
  },
  LOGIN_REQUIRED: { category: 'configuration', advice: 'Sign in first.' },
  UNEXPECTED: {
    category: 'transient',
    advice: 'This is a defect or an unknown fault; see the cause in the log.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
