// Completes package-lock.json with the optional packages of other platforms. npm leaves out those
// whose tarball it could not see when the lock was written, and a later `npm ci` then refuses the
// lock as out of date. Run it after a change of dependencies; it prints what it added.
//
// Lives on: the developer's machine.

import { readFileSync, writeFileSync } from "node:fs";

type LockedPackage = {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};
type Lock = { packages: Record<string, LockedPackage> };

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "sunos", "win32"];
const processors = [
  ["x64", "x64"],
  ["arm64", "arm64"],
  ["ia32", "ia32"],
  ["arm", "arm"],
  ["ppc64", "ppc64"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
  ["loong64", "loong64"],
  ["wasm32", "wasm32"],
  ["universal", ""],
] as const;

/** A platform package says in its own name what it is for: `@oxlint/binding-linux-arm64-musl`. */
export function platformOf(name: string): { os?: string[]; cpu?: string[]; libc?: string[] } {
  const words = name.replace(/^node-bin-/, "node-").split(/[-/]/);
  const os = words
    .map((word) => (word === "win" ? "win32" : word))
    .find((w) => systems.includes(w));
  const cpu = processors.find(([word]) => words.includes(word))?.[1];
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return {
    ...(cpu !== undefined && cpu !== "" && { cpu: [cpu] }),
    ...(libc !== undefined && os === "linux" && { libc: [libc] }),
    ...(os !== undefined && { os: [os] }),
  };
}

/** What the lock lacks: optional packages that a locked package names and nothing provides. */
export function missingFrom(lock: Lock): Map<string, LockedPackage> {
  const missing = new Map<string, LockedPackage>();
  for (const holder of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(holder.optionalDependencies ?? {})) {
      const at = `node_modules/${name}`;
      if (at in lock.packages || !/^\d/.test(version)) continue;
      const dev = holder.dev === true ? { dev: true } : {};
      missing.set(at, { version, ...dev, optional: true, ...platformOf(name) });
    }
  }
  return missing;
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  const missing = missingFrom(lock);
  Object.assign(lock.packages, Object.fromEntries(missing));
  const names = Object.keys(lock.packages).sort((a, b) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(names.map((name) => [name, lock.packages[name]!]));
  if (missing.size > 0) writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.size} packages of other platforms added`);
}
