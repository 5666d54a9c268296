import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { describe, it } from "node:test";
import { lockDirectory } from "../../src/storage/directory-lock.ts";
import type { DirectoryLock } from "../../src/storage/directory-lock.ts";

const module = new URL("../../src/storage/directory-lock.ts", import.meta.url).href;

async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(`${tmpdir()}/gofka-lock-`);
  try {
    await run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function lock(directory: string): Promise<DirectoryLock> {
  const locked = await lockDirectory(directory);
  assert.ok(locked.ok, JSON.stringify(locked));
  return locked.value;
}

async function refusal(directory: string): Promise<string> {
  const locked = await lockDirectory(directory);
  assert.ok(!locked.ok && locked.fault === "refused", "it was given twice");
  return locked.detail;
}

/** A process that takes the lock, says so, and waits to be killed. */
async function holder(directory: string) {
  const code = `
    const { lockDirectory } = await import(${JSON.stringify(module)});
    const locked = await lockDirectory(${JSON.stringify(directory)});
    console.log(locked.ok ? "locked" : locked.detail);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  const line = await new Promise<string>((resolve) =>
    child.stdout.once("data", (data: Buffer) => resolve(data.toString().trim())),
  );
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  return { pid: child.pid, line, kill };
}

describe("the lock of a data directory", () => {
  it("is given once, and again when it has been released", () =>
    withDirectory(async (directory) => {
      const first = await lock(directory);
      assert.match(await refusal(directory), new RegExp(`in use by process ${process.pid}`));
      await first.release();
      await first.release();
      await (await lock(directory)).release();
    }));

  it("makes the directory, and locks two of them apart", () =>
    withDirectory(async (directory) => {
      const one = await lock(`${directory}/a/b`);
      const other = await lock(`${directory}/c`);
      await one.release();
      await other.release();
    }));

  it("names the process that holds it, and is free when that is killed", () =>
    withDirectory(async (directory) => {
      const other = await holder(directory);
      assert.equal(other.line, "locked");
      assert.match(await refusal(directory), new RegExp(`in use by process ${other.pid}$`));
      await other.kill();
      await (await lock(directory)).release();
    }));

  it("takes the word of another machine's file, and says what to do", () =>
    withDirectory(async (directory) => {
      const file = `${directory}/.lock`;
      const elsewhere = { pid: 1, host: "elsewhere", bootId: "b", startTime: "1" };
      writeFileSync(file, JSON.stringify(elsewhere));
      assert.match(await refusal(directory), /process 1 on elsewhere .*remove .*\.lock/);
      // After a restart of this machine its processes are gone.
      writeFileSync(file, JSON.stringify({ ...elsewhere, host: hostname() }));
      await (await lock(directory)).release();
    }));

  it("does not mind the empty file that Kafka leaves, nor one that says nothing", () =>
    withDirectory(async (directory) => {
      for (const text of ["", "{}", "nonsense", '{"pid":"x"}']) {
        writeFileSync(`${directory}/.lock`, text);
        const held = await lock(directory);
        const { pid } = JSON.parse(readFileSync(`${directory}/.lock`, "utf8")) as { pid: number };
        assert.equal(pid, process.pid);
        await held.release();
      }
    }));

  it("works in a directory whose path is too long for a socket", () =>
    withDirectory(async (directory) => {
      const deep = `${directory}/${"d".repeat(120)}`;
      const held = await lock(deep);
      await refusal(deep);
      await held.release();
    }));

  it("says what is wrong with a path that is no directory", () =>
    withDirectory(async (directory) => {
      writeFileSync(`${directory}/file`, "");
      assert.match(await refusal(`${directory}/file`), /cannot use the data directory/);
    }));
});
