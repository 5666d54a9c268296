// The lock of a data directory, on the file system of the machine that runs the tests.

import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import type { FaultCode } from "../../src/base/outcome.ts";
import { LOCK_FILE, lockDirectory } from "../../src/storage/directory-lock.ts";
import { scratchDirectory } from "../support/scratch.ts";

async function locked(t: TestContext, directory: string) {
  const outcome = await lockDirectory(directory);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  t.after(() => outcome.value.release());
  return outcome.value;
}

async function refusal(directory: string, fault: FaultCode = "refused"): Promise<string> {
  const outcome = await lockDirectory(directory);
  assert.ok(!outcome.ok, "it was given");
  assert.equal(outcome.fault, fault);
  return outcome.detail;
}

/** A process that locks the directory and is then killed, or keeps it. */
async function otherProcess(t: TestContext, directory: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", lockingProgram(directory)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  assert.equal(said.toString(), "held");
  return child;
}

function lockingProgram(directory: string): string {
  const module = new URL("../../src/storage/directory-lock.ts", import.meta.url).href;
  return `
    const { lockDirectory } = await import(${JSON.stringify(module)});
    const outcome = await lockDirectory(${JSON.stringify(directory)});
    process.stdout.write(outcome.ok ? "held" : outcome.detail);
    setInterval(() => {}, 60_000);
  `;
}

const onLinux = process.platform === "linux";

describe("the lock of a data directory", () => {
  it("makes the directory, is held by one, and is free again after its release", async (t) => {
    const directory = join(scratchDirectory(t), "a/b");
    const lock = await locked(t, directory);
    assert.equal(
      await refusal(directory),
      `the data directory ${directory} is in use by process ${process.pid}`,
    );
    await lock.release();
    await lock.release();
    assert.deepEqual(readdirSync(directory), []);
    await locked(t, directory);
  });

  it("is not fooled by another name for the directory", { skip: !onLinux }, async (t) => {
    const directory = scratchDirectory(t);
    await locked(t, directory);
    assert.match(await refusal(join(directory, "..", directory.split("/").at(-1)!)), /in use/);
  });

  it("holds in a directory whose path is too long for a socket", async (t) => {
    const directory = join(scratchDirectory(t), "d".repeat(120));
    await locked(t, directory);
    assert.match(await refusal(directory), /in use/);
  });

  it("names the process that holds it, and falls with it however it ends", async (t) => {
    const directory = scratchDirectory(t);
    const child = await otherProcess(t, directory);
    assert.match(await refusal(directory), new RegExp(`in use by process ${child.pid}$`));
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(existsSync(join(directory, LOCK_FILE)));
    await locked(t, directory);
  });

  it("falls with a killed process that nobody has asked about", { skip: !onLinux }, async (t) => {
    const directory = scratchDirectory(t);
    // What takes the shell's place has children that it knows nothing of: they stay in the table.
    const script = '"$0" --input-type=module -e "$1" & exec sleep 600';
    const child = spawn("/bin/sh", ["-c", script, process.execPath, lockingProgram(directory)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    assert.equal(said.toString(), "held");
    const [, holder] = /by process (\d+)$/.exec(await refusal(directory)) ?? [];
    process.kill(Number(holder), "SIGKILL");
    // Its threads end one by one, and the last one's end gives its sockets back.
    const hasEnded = (): boolean =>
      /^State:\s+Z/m.test(readFileSync(`/proc/${holder}/status`, "utf8")) &&
      readdirSync(`/proc/${holder}/task`).length === 1;
    while (!hasEnded()) await new Promise((resolve) => setImmediate(resolve));
    await locked(t, directory);
  });

  it("does not hold for a copy of a directory that is in use", async (t) => {
    const scratch = scratchDirectory(t);
    const directory = join(scratch, "original");
    await locked(t, directory);
    const copy = join(scratch, "copy");
    cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith(".socket") });
    assert.ok(existsSync(join(copy, LOCK_FILE)));
    await locked(t, copy);
    assert.match(await refusal(directory), /in use/);
  });

  it("takes the word of another machine, and says what to do about it", async (t) => {
    const directory = scratchDirectory(t);
    const holder = { pid: 42, host: "elsewhere", bootId: "x", startTime: "1", directory: "1-2" };
    writeFileSync(join(directory, LOCK_FILE), JSON.stringify(holder));
    const path = join(directory, LOCK_FILE);
    assert.equal(
      await refusal(directory),
      `the data directory ${directory} is in use by process 42 on elsewhere ` +
        `(if that machine is gone for good, remove ${path})`,
    );
    assert.match(readFileSync(path, "utf8"), /elsewhere/);
  });

  it(
    "does not heed a process of an earlier start of the machine",
    { skip: !onLinux },
    async (t) => {
      const directory = scratchDirectory(t);
      const holder = { pid: 1, host: hostname(), bootId: "earlier", startTime: "1" };
      writeFileSync(join(directory, LOCK_FILE), JSON.stringify(holder));
      await locked(t, directory);
    },
  );

  for (const text of ["", "not json", "null", "{}", '{"pid":-1,"host":"h","bootId":"b"}']) {
    it(`does not heed a lock file that says ${JSON.stringify(text)}`, async (t) => {
      const directory = scratchDirectory(t);
      writeFileSync(join(directory, LOCK_FILE), text);
      await locked(t, directory);
    });
  }

  it("holds where the path is too long for a socket", async (t) => {
    const directory = join(scratchDirectory(t), "d".repeat(120));
    await locked(t, directory);
    assert.match(await refusal(directory), /in use/);
  });

  // A node of several directories goes on without one that cannot be used; one in use it must not take.
  it("says of what is not a directory that it cannot be used, in one sentence", async (t) => {
    const file = join(scratchDirectory(t), "file");
    writeFileSync(file, "");
    assert.match(await refusal(file, "EIO"), /^cannot use the data directory .*\/file: .+$/);
    assert.match(await refusal(join(file, "below"), "EIO"), /^cannot use the data directory .+$/);
  });

  it("says the same of a directory that it cannot write its file to", async (t) => {
    const directory = scratchDirectory(t);
    // Root may write everywhere, but nobody opens a directory as a file.
    mkdirSync(join(directory, LOCK_FILE));
    assert.match(await refusal(directory, "EIO"), /^cannot write to the data directory .+$/);
  });
});
