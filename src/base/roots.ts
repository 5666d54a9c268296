// Which of several directories a path lies in: each may be a disk of its own, with a queue of its own.
//
// Lives on: anywhere.

/** The innermost first, where one lies in another. */
export function innermostFirst(roots: readonly string[]): readonly string[] {
  return [...new Set(roots)].sort((a, b) => b.length - a.length);
}

/** Of roots as `innermostFirst` gives them; "": in none of them. */
export function rootOf(roots: readonly string[], path: string): string {
  for (const root of roots) if (path === root || isBelow(root, path)) return root;
  return "";
}

function isBelow(root: string, path: string): boolean {
  return path.length > root.length && path.startsWith(root) && path[root.length] === "/";
}
