/** The error codes of MongoDB that the embedded database answers with. */
export const codes = {
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  Overflow: 15,
  IllegalOperation: 20,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  NotImplemented: 238,
  JournalFailed: 8,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  GroupSpecification: 15947,
  GroupWithoutId: 15955,
  SortSpecification: 15975,
  ResultingDocumentTooLarge: 17419,
  UnrecognizedStage: 40324,
  UnknownField: 40415,
  MissingDatabase: 40571,
  MissingField: 40414,
  RegexOptionsTwice: 51074,
  NegativeValue: 51024,
  InvalidRegex: 51091,
  ProjectionInclusionInExclusion: 31253,
  ProjectionExclusionInInclusion: 31254,
  ProjectionPathCollision: 31249,
  UnwindSpecification: 28818,
} as const;

export type CodeName = keyof typeof codes;

/** A failure that is answered to the client as `{ ok: 0, code, codeName, errmsg }` or as a write error. */
export class CommandError extends Error {
  readonly code: number;

  constructor(
    readonly codeName: CodeName,
    message: string,
    /** Further fields of the answer, for example keyPattern and keyValue of a duplicate key. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'CommandError';
    this.code = codes[codeName];
  }
}

/** The answer to everything that MongoDB knows and the embedded database does not. */
export function notImplemented(what: string): CommandError {
  return new CommandError('NotImplemented', `${what} is not implemented by reelsync-embedded-database`);
}

/** The code of a system error. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
