// Lines out of a stream of bytes, however it is cut into chunks, and of any length.
//
// Lives on: main thread (pure).

const NEWLINE = 0x0a;

export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const last = chunk.subarray(from, end);
      yield textOf(pieces.length === 0 ? last : Buffer.concat([...pieces, last]));
      pieces = [];
      from = end + 1;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  if (pieces.length > 0) yield textOf(Buffer.concat(pieces));
}

function textOf(bytes: Buffer): string {
  return bytes.toString("utf8");
}
