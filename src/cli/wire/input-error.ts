// Input that is not what the command was told it is.
//
// Lives on: main thread (pure).

export class InputError extends Error {
  override readonly name = "InputError";
}
