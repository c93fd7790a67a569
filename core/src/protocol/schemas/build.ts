/**
 * Parts that the schemas of answers are made of. A schema is held to the interface that it checks: a field that is missing in it, or
 * of another type, does not compile. The interfaces stay, since they are published with the command, which needs no other package's types.
 */

import * as v from 'valibot';

export type Schema<T> = v.GenericSchema<T>;

/** A field that may be absent. */
interface Optional<T> {
  readonly type: 'optional';
  readonly wrapped: Schema<T>;
}

type Fields<T> = {
  [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? Optional<Exclude<T[Key], undefined>> : Schema<T[Key]>;
};

/** An object with the fields of T. What else it has is left as it is: shapes grow. */
export function shape<T extends object>(fields: Fields<T>): Schema<T> {
  // TypeScript can't see that an object of these fields is a T; `Fields` has seen to it.
  return v.object(fields as unknown as v.ObjectEntries) as unknown as Schema<T>;
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  // Valibot's own, seen as what `Fields` asks for.
  return v.optional(schema) as unknown as Optional<T>;
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return v.nullable(schema);
}

export function list<T>(schema: Schema<T>): Schema<T[]> {
  return v.array(schema);
}

export function oneOf<const T extends string>(...values: T[]): Schema<T> {
  return v.picklist(values);
}

/** Exactly this value. */
export function exactly<const T extends string | number | boolean>(value: T): Schema<T> {
  return v.literal(value);
}

/** One of two shapes. */
export function either<A, B>(one: Schema<A>, other: Schema<B>): Schema<A | B> {
  return v.union([one, other]);
}

export const text: Schema<string> = v.string();
export const flag: Schema<boolean> = v.boolean();
export const texts: Schema<string[]> = v.array(v.string());

/** Finite: JSON has `1e999`. Named so that a refusal says what was expected. */
export const number: Schema<number> = named('a number', value => typeof value === 'number' && Number.isFinite(value));

/** A whole number that is not negative: of what is counted or numbered. */
export const count: Schema<number> = named(
  'a whole number, 0 or more',
  value => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
);

function named(what: string, check: (value: unknown) => boolean): Schema<number> {
  return { ...v.custom<number>(check), expects: what };
}
