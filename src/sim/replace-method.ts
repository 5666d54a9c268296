// Puts another method in the place of one, until it is mended.
//
// Lives on: the simulator's thread (part of the planted bugs).

export function replaceMethod<T extends object>(
  owner: T,
  name: string,
  make: (kept: never) => unknown,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined) throw new Error(`there is no ${name} to spoil`);
  const value: unknown = make(descriptor.value as never);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => void Object.defineProperty(owner, name, descriptor);
}

export function replaceGetter<T extends object, K extends keyof T & string>(
  owner: T,
  name: K,
  value: (of: T) => T[K],
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor?.get === undefined) throw new Error(`there is no ${name} to spoil`);
  Object.defineProperty(owner, name, {
    configurable: true,
    get(this: T) {
      return value(this);
    },
  });
  return () => void Object.defineProperty(owner, name, descriptor);
}
