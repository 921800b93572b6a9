import { createContext } from 'react';
import type { Field } from './fields';

/** What all fields of a form share. */
export interface FormContextValue {
  /** What is wrong, by dotted paths. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Values for a field that were seen on the wire. */
  readonly suggest: (name: string) => readonly string[];
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}

export const FormContext = createContext<FormContextValue>({
  problems: new Map(),
  suggest: () => [],
  file: undefined,
  onFile: () => undefined,
});

/** A field, and its place in the form. */
export interface FieldProps {
  readonly field: Field;
  readonly name: string;
  readonly required: boolean;
  readonly path: string;
  readonly value: unknown;
  /** `undefined` takes the field out. */
  readonly onChange: (value: unknown) => void;
}

/** What is entered into a field. */
export interface InputProps extends FieldProps {
  /** What its label is for. */
  readonly id: string;
}
