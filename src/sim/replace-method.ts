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
