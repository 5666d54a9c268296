// While a world runs nothing may ask the real clock or the real dice: whoever does would make two
// runs of one seed differ, so it is told at once.
//
// Lives on: the simulator's thread.

type Forbidden = readonly [owner: object, name: string];

const forbidden: readonly Forbidden[] = [
  [Date, "now"],
  [Math, "random"],
  [globalThis.performance, "now"],
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "setImmediate"],
  [globalThis, "queueMicrotask"],
];

/** Answers how to allow it all again. */
export function forbidChance(): () => void {
  const kept = forbidden.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of forbidden) {
    const forbid = (): never => {
      throw new Error(`${name} was called inside a simulated world`);
    };
    Object.defineProperty(owner, name, { value: forbid, configurable: true, writable: true });
  }
  return () => {
    forbidden.forEach(([owner, name], index) => {
      const descriptor = kept[index];
      if (descriptor === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, descriptor);
    });
  };
}
