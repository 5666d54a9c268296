// Counts per API and version, and what differed.

import { apis } from "../../../src/protocol/api-keys.ts";
import type { Difference } from "./compare.ts";
import type { Exception, Place } from "./exceptions.ts";
import { exceptionFor, exceptions } from "./exceptions.ts";

type Count = { sent: number; equal: number; named: number; different: number };

type Found = Place & { readonly step: number; readonly difference: Difference };

const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_, each: unknown) => plain(each)) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
};

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  return value;
}

/** In the names of topics. */
const anyVersion = /-v\d+-/g;

export class Report {
  readonly #counts = new Map<string, Count>();
  #found: Found[] = [];
  isGood = true;
  readonly #used = new Map<Exception, number>();
  /** Scenarios that were only alike when they were given more time. */
  slowly = 0;

  add(place: Place, step: number, differences: readonly Difference[]): void {
    const count = this.#countOf(place);
    count.sent++;
    const found: Found[] = [];
    for (const difference of differences) {
      const exception = exceptionFor(place, difference);
      if (exception === undefined) found.push({ ...place, step, difference });
      else this.#used.set(exception, (this.#used.get(exception) ?? 0) + 1);
    }
    if (differences.length === 0) count.equal++;
    else if (found.length === 0) count.named++;
    else count.different++;
    if (found.length > 0) this.isGood = false;
    this.#found.push(...found);
  }

  print(isWhole: boolean): void {
    this.#printExceptions(isWhole);
    this.#printTable();
  }

  #countOf({ api, version }: Place): Count {
    const key = `${api} ${version}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { sent: 0, equal: 0, named: 0, different: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }

  /** Differences that recur in version after version are told once. */
  printDifferences(): void {
    const groups = new Map<string, { first: Found; versions: Set<number> }>();
    for (const found of this.#found) {
      const { api, scenario, step, difference, version } = found;
      const path = difference.path.replaceAll(anyVersion, "-");
      const both = `${shown(difference.kafka)} ${shown(difference.gofka)}`;
      const key = `${api} ${scenario} ${step} ${path} ${both.replaceAll(anyVersion, "-")}`;
      const group = groups.get(key) ?? { first: found, versions: new Set() };
      group.versions.add(version);
      groups.set(key, group);
    }
    this.#found = [];
    let before = "";
    for (const { first, versions } of groups.values()) {
      const { api, scenario, step, difference } = first;
      const request = `${api} v${rangesOf([...versions])}, ${scenario}, request ${step}`;
      if (request !== before) console.log(`\n${request}`);
      before = request;
      const path = difference.path === "" ? "the answer" : difference.path;
      console.log(`  ${path}: kafka ${shown(difference.kafka)}, gofka ${shown(difference.gofka)}`);
    }
  }

  #printExceptions(isWhole: boolean): void {
    if (this.#used.size > 0) console.log("\nDifferences on purpose (fields):");
    for (const [{ name, reason }, count] of this.#used) {
      console.log(`  ${String(count).padStart(6)}  ${name}: ${reason}`);
    }
    for (const exception of isWhole ? exceptions : []) {
      if (!this.#used.has(exception)) console.log(`  not met  ${exception.name}`);
    }
  }

  #printTable(): void {
    console.log(`\n${"API and version".padEnd(34)}  sent  equal  on purpose  different`);
    const total: Count = { sent: 0, equal: 0, named: 0, different: 0 };
    for (const [name, count] of [...this.#counts].toSorted(byApi)) {
      console.log(row(name, count));
      for (const key of ["sent", "equal", "named", "different"] as const) total[key] += count[key];
    }
    console.log(row("all", total));
    if (this.slowly > 0) console.log(`${this.slowly} scenarios were alike at the second attempt`);
  }
}

/** By the API's key and the version. */
function byApi([a]: readonly [string, Count], [b]: readonly [string, Count]): number {
  const placeOf = (name: string): number => {
    const [api, version] = name.split(" ");
    return apis.findIndex((each) => each.name === api) * 100 + Number(version);
  };
  return placeOf(a) - placeOf(b);
}

function row(name: string, { sent, equal, named, different }: Count): string {
  const cells = [String(sent).padStart(6), String(equal).padStart(7), String(named).padStart(12)];
  return `${name.padEnd(34)}${cells.join("")}${String(different).padStart(11)}`;
}

/** 1,2,3,5 as 1-3,5. */
function rangesOf(versions: readonly number[]): string {
  const sorted = versions.toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const version of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === version - 1) last[1] = version;
    else ranges.push([version, version]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
