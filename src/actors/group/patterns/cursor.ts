// A place in the text of a pattern, in whole characters.
//
// Lives on: anywhere.

export class Cursor {
  readonly #characters: readonly string[];
  at = 0;

  constructor(text: string) {
    this.#characters = Array.from(text);
  }

  isDone(): boolean {
    return this.at >= this.#characters.length;
  }

  /** The character `ahead` of the next one; "" past the end. */
  peek(ahead = 0): string {
    return this.#characters[this.at + ahead] ?? "";
  }

  next(): string {
    return this.#characters[this.at++] ?? "";
  }

  skip(count: number): void {
    this.at += count;
  }

  /** Skips a character if it comes next. */
  take(character: string): boolean {
    const isNext = this.peek() === character;
    if (isNext) this.at++;
    return isNext;
  }

  /** What stands before the next `end`, which is skipped as well; undefined when there is none. */
  until(end: string): string | undefined {
    const index = this.find(end);
    if (index === undefined) return undefined;
    const text = this.takeTo(index);
    this.at += Array.from(end).length;
    return text;
  }

  /** Where a text comes next. */
  find(text: string): number | undefined {
    const wanted = Array.from(text);
    for (let i = this.at; i + wanted.length <= this.#characters.length; i++) {
      if (wanted.every((character, offset) => this.#characters[i + offset] === character)) return i;
    }
    return undefined;
  }

  takeTo(end: number): string {
    const text = this.#characters.slice(this.at, end).join("");
    this.at = end;
    return text;
  }

  /** What has been read since. */
  from(start: number): string {
    return this.#characters.slice(start, this.at).join("");
  }

  rest(): string {
    return this.#characters.slice(this.at).join("");
  }
}
