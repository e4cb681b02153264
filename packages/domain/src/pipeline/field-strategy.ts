import type {
  FetchOutcome,
  FieldTable,
  FieldValues,
  Operation,
  PlannedFetch,
  ValidationReport,
} from '@reelsync/core';
import type { FileReader } from './file-reader';
import type { FetchScope, SyncStrategy } from './sync-strategy';

/** Owns the rows of one operation in a kind's field table. */
export abstract class FieldStrategy<R> implements SyncStrategy<R> {
  readonly groups: FieldTable<R>;

  constructor(
    readonly name: string,
    readonly operation: Operation,
    table: FieldTable<R>,
  ) {
    this.groups = table.filter((group) => group.operation === operation);
  }
}

/** One whose rows stand in files. */
export abstract class FileStrategy<R> extends FieldStrategy<R> {
  constructor(
    name: string,
    operation: Operation,
    table: FieldTable<R>,
    private readonly readFile: FileReader,
  ) {
    super(name, operation, table);
  }

  fetch(planned: PlannedFetch, scope: FetchScope): Promise<FetchOutcome> {
    return this.readFile(planned, scope);
  }
}

/** Owns no field: it judges the merged document before it is written (sync-semantics §3.5). */
export abstract class ValidationStrategy<R> extends FieldStrategy<R> {
  constructor(
    name: string,
    private readonly rules: (document: FieldValues) => ValidationReport,
  ) {
    super(name, 'validation', []);
  }

  validate(document: FieldValues): ValidationReport {
    return this.rules(document);
  }
}
