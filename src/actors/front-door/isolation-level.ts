// Isolation levels as Fetch and ListOffsets name them: 0 reads everything, 1 what is committed.
//
// Lives on: anywhere (pure; part of the front door).

export const READ_COMMITTED = 1;

export function isIsolationLevel(level: number): boolean {
  return level === 0 || level === READ_COMMITTED;
}
