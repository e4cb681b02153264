import { getField, isDocument, typeName, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import { CommandError } from '../errors';

/** Typed access to the fields of a command (or of a part of one); a value of a wrong type is an error. */
export class Arguments {
  constructor(
    private readonly name: string,
    private readonly fields: BsonDocument,
  ) {}

  /** The name of the collection that the command's first field gives. */
  collection(field = this.name): string {
    const value = this.get(field);
    if (typeof value !== 'string') {
      throw new CommandError('InvalidNamespace', `collection name has invalid type ${typeName(value)}`);
    }
    if (value === '' || /[$\0]/.test(value) || value.startsWith('.') || value.startsWith('system.')) {
      throw new CommandError('InvalidNamespace', `Invalid collection name: '${value}'`);
    }
    return value;
  }

  get(field: string): Slot {
    return getField(this.fields, field);
  }

  required(field: string): BsonValue {
    const value = this.get(field);
    if (value === undefined) {
      throw new CommandError(
        'MissingField',
        `BSON field '${this.name}.${field}' is missing but a required field`,
      );
    }
    return value;
  }

  document(field: string): BsonDocument {
    return this.optionalDocument(field) ?? {};
  }

  optionalDocument(field: string): BsonDocument | undefined {
    const value = this.get(field);
    if (value === undefined || isDocument(value)) return value;
    throw this.wrongType(field, value, 'object');
  }

  documents(field: string): BsonDocument[] {
    const value = this.required(field);
    if (!Array.isArray(value)) throw this.wrongType(field, value, 'array');
    return value.map((element) => {
      if (!isDocument(element)) throw this.wrongType(field, element, 'object');
      return element;
    });
  }

  string(field: string): string {
    const value = this.required(field);
    if (typeof value !== 'string') throw this.wrongType(field, value, 'string');
    return value;
  }

  boolean(field: string, fallback: boolean): boolean {
    const value = this.get(field);
    if (value === undefined) return fallback;
    if (typeof value === 'number') return value !== 0;
    if (typeof value !== 'boolean') throw this.wrongType(field, value, 'bool');
    return value;
  }

  /** A non-negative integer. */
  count(field: string, fallback: number): number {
    const value = this.get(field);
    if (value === undefined) return fallback;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.wrongType(field, value, 'long');
    if (value < 0) {
      throw new CommandError(
        'NegativeValue',
        `BSON field '${field}' value must be >= 0, actual value '${value}'`,
      );
    }
    return value;
  }

  /** A statement or sub-document in which only the listed fields may stand. */
  part(document: BsonDocument, listed: readonly string[]): Arguments {
    for (const field of Object.keys(document))
      if (!listed.includes(field)) throw unknownField(this.name, field);
    return new Arguments(this.name, document);
  }

  private wrongType(field: string, value: Slot, expected: string): CommandError {
    return new CommandError(
      'TypeMismatch',
      `BSON field '${this.name}.${field}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
    );
  }
}

/** Options that MongoDB has and that would change the result if they were ignored. */
const notImplementedOptions = [
  'hint',
  'collation',
  'let',
  'arrayFilters',
  'explain',
  'txnNumber',
  'autocommit',
];

export function unknownField(command: string, field: string): CommandError {
  return notImplementedOptions.includes(field)
    ? new CommandError(
        'NotImplemented',
        `the option ${command}.${field} is not implemented by reelsync-embedded-database`,
      )
    : new CommandError(
        'UnknownField',
        `BSON field '${command}.${field}' is an unknown or unsupported field.`,
      );
}
