// What the command says when it cannot do what it was asked to: clear lines on stderr, nothing on
// stdout, exit code 1, and nothing touched.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

type Options = Parameters<typeof runGofka>[2];

/** What was complained about, a line each. */
async function complaints(
  t: TestContext,
  words: readonly string[],
  options: Options = {},
): Promise<string[]> {
  const program = runGofka(t, words, options);
  const ended = await program.ended();
  assert.deepEqual(ended, { code: 1, signal: null }, program.stdout + program.stderr);
  assert.equal(program.stdout, "");
  const lines = program.stderr.trimEnd().split("\n");
  return lines.map((line) => {
    assert.match(line, /^gofka: /);
    return line.slice("gofka: ".length);
  });
}

const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
) as { version: string };

describe("gofka without a node", () => {
  for (const words of [["--help"], ["start", "--help"], []]) {
    it(`explains itself: gofka ${words.join(" ")}`, async (t) => {
      const program = runGofka(t, words);
      assert.equal((await program.ended()).code, 0);
      assert.match(program.stdout, /^Usage: gofka start \[server\.properties\] \[options\]\n/);
      assert.equal(program.stderr, "");
    });
  }

  it("tells its version", async (t) => {
    const program = runGofka(t, ["--version"]);
    assert.equal((await program.ended()).code, 0);
    assert.equal(program.stdout, `gofka ${manifest.version}\n`);
  });

  it("says in one line that this Node.js is too old", async (t) => {
    const older = `Object.defineProperty(process, "versions", {
      value: { ...process.versions, node: "22.14.0" } });`;
    const nodeOptions = ["--import", `data:text/javascript,${encodeURIComponent(older)}`];
    const program = runGofka(t, ["start"], { nodeOptions });
    assert.equal((await program.ended()).code, 1);
    assert.equal(program.stdout, "");
    assert.equal(program.stderr, "Gofka needs Node 22.15 or newer, but this is Node 22.14.0.\n");
  });
});

const NOBODY = 65_534;

describe("gofka complains, a line for each reason", () => {
  it("about words it does not know", async (t) => {
    assert.deepEqual(await complaints(t, ["strat"]), [
      'there is no command "strat"; there are: gofka start, gofka cluster, gofka wire',
    ]);
    assert.deepEqual(await complaints(t, ["start", "--prot", "9"]), [
      "there is no option --prot; see gofka --help",
    ]);
  });

  it("about every unknown or invalid key, and makes no directory", async (t) => {
    const dataDir = join(scratchDirectory(t), "data");
    const settings = ["num.partition=1", "log.retention.hour=1", "num.io.threads=none", "zzz=1"];
    const words = ["start", "--data-dir", dataDir, ...settings.flatMap((s) => ["--set", s])];
    assert.deepEqual(await complaints(t, words), [
      "unknown configuration num.partition; did you mean num.partitions?",
      "unknown configuration log.retention.hour; did you mean log.retention.hours?",
      "Invalid value none for configuration num.io.threads: Not a number of type INT",
      "unknown configuration zzz",
    ]);
    assert.ok(!existsSync(dataDir));
  });

  it("about a file of properties that it cannot read", async (t) => {
    const directory = scratchDirectory(t);
    const missing = join(directory, "missing.properties");
    const [line, ...others] = await complaints(t, ["start", missing]);
    assert.deepEqual(others, []);
    assert.match(line!, /^cannot read .*missing\.properties: ENOENT/);
    assert.match((await complaints(t, ["start", directory]))[0]!, /^cannot read .*: EISDIR/);
  });

  it("about what stands in a file of properties", async (t) => {
    const file = join(scratchDirectory(t), "server.properties");
    writeFileSync(file, "num.partitions=1\nlog.dirs=\\u12\nnode.id=1\n");
    assert.deepEqual(await complaints(t, ["start", file]), [
      `${file}: line 2: \\u must be followed by four hexadecimal digits`,
    ]);
  });

  it("about a port in use", async (t) => {
    const scratch = scratchDirectory(t);
    const first = runGofka(t, ["start", "--port", "0", "--data-dir", join(scratch, "a")]);
    const port = (await first.ready()).split(":")[1]!;
    for (const hosts of ["0", "1", "2"]) {
      const words = ["start", "--port", port, "--data-dir", join(scratch, "b"), "--hosts", hosts];
      assert.deepEqual(await complaints(t, words), [
        `cannot listen on 127.0.0.1:${port}: it is in use`,
      ]);
    }
    assert.deepEqual(readdirSync(join(scratch, "b")), []);
  });

  it("about a directory that another node has locked, by its process", async (t) => {
    const dataDir = scratchDirectory(t);
    const first = runGofka(t, ["start", "--port", "0", "--data-dir", dataDir]);
    await first.ready();
    assert.deepEqual(await complaints(t, ["start", "--port", "0", "--data-dir", dataDir]), [
      `the data directory ${dataDir} is in use by process ${first.pid}`,
    ]);
    first.signal("SIGTERM");
    assert.equal((await first.ended()).code, 0);
  });

  it("about a directory of other things", async (t) => {
    const dataDir = scratchDirectory(t);
    writeFileSync(join(dataDir, "photo.jpg"), "");
    const [line, ...others] = await complaints(t, ["start", "--port", "0", "--data-dir", dataDir]);
    assert.deepEqual(others, []);
    assert.match(line!, /is not a Kafka data directory: it holds "photo\.jpg"/);
    assert.deepEqual(readdirSync(dataDir), ["photo.jpg"]);
  });

  it("about a directory below a file", async (t) => {
    const file = join(scratchDirectory(t), "file");
    writeFileSync(file, "");
    const words = ["start", "--port", "0", "--data-dir", join(file, "data")];
    const [line, ...others] = await complaints(t, words);
    assert.deepEqual(others, []);
    assert.match(line!, /^cannot use the data directory .*\/file\/data: ENOTDIR/);
  });

  it("about a directory that it may not write to", async (t) => {
    const parent = scratchDirectory(t);
    // Root may write everywhere, so the node runs as nobody there.
    const options: Options = process.getuid?.() === 0 ? { uid: NOBODY } : {};
    const sources = ["-r", import.meta.filename];
    if (options.uid !== undefined && spawnSync("test", sources, options).status !== 0) {
      return t.skip("root has the sources where nobody else may read them");
    }
    chmodSync(parent, 0o555);
    try {
      for (const name of ["new", "."]) {
        const words = ["start", "--port", "0", "--data-dir", join(parent, name)];
        const [line, ...others] = await complaints(t, words, options);
        assert.deepEqual(others, []);
        assert.match(line!, /^cannot (use|write to) the data directory .*: EACCES: permission/);
      }
    } finally {
      chmodSync(parent, 0o755);
    }
  });

  it("about a file system that is mounted for reading alone", async (t) => {
    const directory = scratchDirectory(t);
    mkdirSync(join(directory, "mount"));
    const mount = join(directory, "mount");
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", mount]);
    if (mounted.status !== 0) return t.skip("mounting is not permitted here");
    try {
      const [line, ...others] = await complaints(t, ["start", "--port", "0", "--data-dir", mount]);
      assert.deepEqual(others, []);
      assert.match(line!, /^cannot write to the data directory .*: EROFS/);
    } finally {
      spawnSync("umount", [mount]);
    }
  });
});
