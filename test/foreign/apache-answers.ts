// What must differ in the answers of Apache's tools, made alike.

type LogDirs = {
  readonly brokers: readonly {
    readonly logDirs: readonly { readonly partitions: readonly { partition: string }[] }[];
  }[];
};

/** Which partition comes first says nothing. */
export function sortedLogDirs(text: string): string {
  const json = /^\{.*\}$/m.exec(text)?.[0];
  if (json === undefined) return text;
  const described = JSON.parse(json) as LogDirs;
  for (const { logDirs } of described.brokers) {
    for (const { partitions } of logDirs) {
      (partitions as { partition: string }[]).sort((a, b) => (a.partition < b.partition ? -1 : 1));
    }
  }
  return text.replace(json, JSON.stringify(described));
}

export const figures = (text: string): string =>
  text
    .replaceAll(/[\d.]+ records\/sec \([\d.]+ MB\/sec\)/g, "RATE")
    .replaceAll(/[\d.]+ ms/g, "N ms")
    .replaceAll(/^(?!40000).*records sent.*$/gm, "")
    .replaceAll(/"(?:time_ms|timestamp|avg_throughput|target_throughput)":-?[\d.E]+,?/g, "")
    .replaceAll(/"(?:offset|partition)":\d+,?/g, "")
    .replaceAll(/\bPT[\d.]+S/g, "PT");
